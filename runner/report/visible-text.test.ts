import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ansi } from "./reporter.ts";
import { CLEAR, toVisible } from "./visible-text.ts";

const NONE = { colour: false, terminal: false };
const HARMFUL = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

describe("toVisible", () => {
  it("lets nothing through that does more than show itself, whatever the text", () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom("\u001b", "[", "2", "J", "m", "\r", "\n", "\u202e", "\u009b"),
        fc.string({ unit: "binary", maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(text, fc.boolean(), (given, terminal) => {
        const shown = toVisible(`x${given}`, { colour: false, terminal });
        expect(shown.replaceAll(/[\t\n]/g, "")).not.toMatch(HARMFUL);
      }),
      { numRuns: 2000 },
    );
  });

  it("shows what it takes away", () => {
    expect(toVisible("a\u001b[2Jb\u009bc\u202ed\u007f\te\r\nf", NONE)).toBe(
      "a\\u001b[2Jb\\u009bc\\u202ed\\u007f\te\nf",
    );
  });

  it("keeps a JSON text the same value", () => {
    const value = { name: "\u001b[2J \u0085 \u202e \u2028 é 漢" };
    expect(JSON.parse(toVisible(JSON.stringify(value), NONE))).toEqual(value);
  });

  it("keeps our own colours and our own bar, and those of nobody else", () => {
    const painted = `${CLEAR}${ansi("OK", "green")} \u001b[41m`;
    expect(toVisible(painted, { colour: true, terminal: true })).toBe(
      `${CLEAR}\u001b[32mOK\u001b[39m \\u001b[41m`,
    );
    expect(toVisible(`x${CLEAR}`, { colour: true, terminal: true })).toBe("x\\u000d\\u001b[K");
    expect(toVisible(ansi("OK", "green"), NONE)).toBe("\\u001b[32mOK\\u001b[39m");
  });
});
