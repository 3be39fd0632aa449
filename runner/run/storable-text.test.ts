import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStorable, toStorable } from "./storable-text.ts";

describe("toStorable", () => {
  it.each([
    ['"plain"', '"plain"'],
    [String.raw`"a\u0000b"`, String.raw`"a\\u0000b"`],
    [String.raw`"\ud83d"`, String.raw`"\\ud83d"`],
    [String.raw`"\uDE00 x"`, String.raw`"\\uDE00 x"`],
    [String.raw`"\ud83d\ude00"`, String.raw`"\ud83d\ude00"`],
    [String.raw`"\ud83d\ud83d\ude00"`, String.raw`"\\ud83d\ud83d\ude00"`],
    [String.raw`"a\\u0000"`, String.raw`"a\\u0000"`],
    [String.raw`"a\\\u0000"`, String.raw`"a\\\\u0000"`],
  ])("converts %s to %s", (text, storable) => {
    expect(toStorable(text)).toBe(storable);
  });

  it("makes every JSON text storable, and changes none that already is", () => {
    const texts = fc.array(
      fc.constantFrom("a", "\\", '"', "\u0000", "\ud83d", "\ude00", "😀", "\\u0000", "é"),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(texts, (parts) => {
        const value = { text: parts.join("") };
        const json = JSON.stringify(value);
        const storable = toStorable(json);
        expect(isStorable(JSON.parse(storable))).toBe(true);
        if (isStorable(value)) expect(storable).toBe(json);
        else expect(storable).not.toBe(json);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("isStorable", () => {
  it.each([
    [null, true],
    [5, true],
    [true, true],
    ["a", true],
    ["a\u0000", false],
    ["\ud800", false],
    ["😀", true],
    [["a", ["\u0000"]], false],
    [{ a: "b", c: null }, true],
    [{ a: "b", c: "\u0000" }, false],
    [{ a: "\u0000", c: "d" }, false],
    [{ "\u0000": 1 }, false],
    [[], true],
  ])("%j is %s", (value, expected) => {
    expect(isStorable(value)).toBe(expected);
  });
});
