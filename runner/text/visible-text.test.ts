import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toVisible } from "./visible-text.ts";

/** The harmful characters by their numbers, independently of the code under test. */
const isHarmful = (char: string): boolean => {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return char !== "\t" && char !== "\n";
  return (
    (code >= 0x7f && code <= 0x9f) ||
    [0x61c, 0x200e, 0x200f].includes(code) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
};
const between = (min: number, max: number) =>
  fc.integer({ min, max }).map((code) => String.fromCharCode(code));
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\u001b", "[31m", "\r", "\n", "\r\n", "\u061c", "\\"),
    between(0, 0xa0),
    between(0x2000, 0x2070),
    fc.string({ unit: "binary", maxLength: 1 }),
  ),
});

describe("toVisible", () => {
  it("escapes control and bidi characters, and nothing else", () => {
    fc.assert(
      fc.property(text, (given) => {
        const expected = [...given.replaceAll("\r\n", "\n")].map((char) =>
          isHarmful(char) ? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}` : char,
        );
        expect(toVisible(given)).toBe(expected.join(""));
      }),
      { numRuns: 500 },
    );
  });

  it("does not change the value of a JSON text", () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(JSON.parse(toVisible(JSON.stringify([given], null, 2)))).toEqual([given]);
      }),
    );
  });
});
