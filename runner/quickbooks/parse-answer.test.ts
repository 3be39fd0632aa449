import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRecords, parseAnswer } from "./parse-answer.ts";

/** Long enough for the lazy way. */
const LONG = "x".repeat(100_000);

/** An answer with every lazy list made whole. */
function whole(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null) return answer;
  const response: unknown = Reflect.get(answer, "QueryResponse");
  if (typeof response !== "object" || response === null) return answer;
  const entries = Object.entries(response).map(([key, value]) => [
    key,
    isRecords(value) ? value.map((record) => record) : value,
  ]);
  return { ...answer, QueryResponse: Object.fromEntries(entries) };
}

describe("parseAnswer", () => {
  it("reads a large answer as JSON.parse does, whatever its records and blanks", () => {
    const record = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue(), { maxKeys: 5 });
    const blank = fc.constantFrom(undefined, 1, "\t");
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), blank, fc.boolean(), (records, indent, isFirst) => {
        const list = { Customer: records, startPosition: 1 };
        const answer = {
          QueryResponse: isFirst ? list : { totalCount: 1, note: 'a "]" }', ...list },
          time: LONG,
        };
        const text = JSON.stringify(answer, null, indent);
        expect(whole(parseAnswer(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["without records", { QueryResponse: {}, time: LONG }],
    ["a count", { QueryResponse: { totalCount: 3 }, time: LONG }],
    ["a fault", { Fault: { Error: [{ Message: LONG }] } }],
    ["something else", [LONG]],
    ["a list of texts", { QueryResponse: { Customer: [LONG] } }],
  ])("reads %s", (_, answer) => {
    expect(whole(parseAnswer(JSON.stringify(answer)))).toEqual(answer);
  });

  it("refuses a text that is cut anywhere", () => {
    const text = JSON.stringify({
      QueryResponse: { Customer: [{ Id: "1", Notes: LONG }, { Id: "2" }] },
      time: "now",
    });
    for (const end of [50, 100_010, text.length - 40, text.length - 20, text.length - 1]) {
      expect(() => parseAnswer(text.slice(0, end))).toThrow(SyntaxError);
    }
  });
});
