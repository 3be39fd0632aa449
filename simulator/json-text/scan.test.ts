import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rawAtPath, setRawMembers, setRawPath } from "./edit.ts";
import { compactJson, rawElements, rawMember, rawMembers } from "./scan.ts";

const ODD =
  '{ "a" : 639.00 , "b": [1e400, -0.0, 9007199254740993],\n "c\\"}": "x\\u0000\\ud800 ] } ", "d": {"e": {}} }';

describe("raw text", () => {
  it("keeps numbers and strings as they are written", () => {
    expect(compactJson(ODD)).toBe(
      '{"a":639.00,"b":[1e400,-0.0,9007199254740993],"c\\"}":"x\\u0000\\ud800 ] } ","d":{"e":{}}}',
    );
  });

  it("finds members and elements", () => {
    expect(rawMembers(ODD).map((member) => member.key)).toEqual(["a", "b", 'c"}', "d"]);
    expect(rawMember(ODD, "a")).toBe("639.00");
    expect(rawElements(rawMember(ODD, "b") ?? "")).toEqual(["1e400", "-0.0", "9007199254740993"]);
    expect(rawAtPath(ODD, ["d", "e"])).toBe("{}");
    expect(rawElements(" [ ] ")).toEqual([]);
  });

  it("sets members in place, and adds new ones at the end", () => {
    expect(
      setRawMembers('{"a":1.0,"b":2}', [
        { key: "a", raw: "3.00" },
        { key: "c", raw: "[]" },
      ]),
    ).toBe('{"a":3.00,"b":2,"c":[]}');
    expect(setRawPath('{"a":{"b":1.0}}', ["a", "c", "d"], "2")).toBe('{"a":{"b":1.0,"c":{"d":2}}}');
  });

  it("splits any JSON into its parts", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        expect(compactJson(text)).toBe(JSON.stringify(object));
        const members = rawMembers(text).map(({ key, raw }) => [key, JSON.parse(raw)]);
        expect(members).toEqual(Object.entries(JSON.parse(text)));
      }),
    );
  });
});
