import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Records } from "../ports/source.ts";
import { isRecords, parseAnswer } from "./parse-answer.ts";

/** Long enough to make an answer large. */
const LONG = "x".repeat(100_000);

/** An answer with the records of a lazy list parsed. */
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
  it("reads a large answer as JSON.parse does, with any records and blanks", () => {
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

describe("the records of an answer", () => {
  const recordsOf = (text: string, key = "Customer"): Records => {
    const answer: unknown = parseAnswer(text);
    const response: unknown =
      typeof answer === "object" && answer !== null ? Reflect.get(answer, "QueryResponse") : undefined;
    const records: unknown =
      typeof response === "object" && response !== null ? Reflect.get(response, key) : undefined;
    if (!isRecords(records)) throw new Error("no records");
    return records;
  };
  const answerOf = (list: string, rest = ""): string =>
    `{"QueryResponse":{"Customer":${list}${rest}},"time":"t"}`;

  it("keep their text digit for digit, and are parsed one by one", () => {
    const records = recordsOf(
      answerOf('[ {"Id":"1","Balance":639.00} , {"a":{"b":["]","}"]}} ]', ',"maxResults":2'),
    );
    expect(records.length).toBe(2);
    expect([0, 1].map((index) => records.textAt?.(index))).toEqual([
      '{"Id":"1","Balance":639.00}',
      '{"a":{"b":["]","}"]}}',
    ]);
    expect(records.at(0)).toEqual({ Id: "1", Balance: 639 });
    expect(records.at(2)).toBeUndefined();
    expect(records.map((record, index) => [index, record])).toEqual([
      [0, { Id: "1", Balance: 639 }],
      [1, { a: { b: ["]", "}"] } }],
    ]);
  });

  it.each([
    ["an empty list", "[]", 0],
    ["an empty list with blanks", "[ \n ]", 0],
    ["one record", "[{}]", 1],
    ["texts that end in backslashes", String.raw`[{"a":"x\\"},{"a":"\\\""},{"a":"\"}"}]`, 3],
    ["names with quotes", String.raw`[{"a\"]}":1},{"b":2}]`, 2],
  ])("may be %s", (_, list, count) => {
    const records = recordsOf(answerOf(list));
    expect(records.length).toBe(count);
    expect(records.map((record) => record)).toEqual(JSON.parse(list));
  });

  it("are found under any name of the list, after any other members", () => {
    const text = `{"time":"[{","Nested":{"Customer":[{"Id":"no"}]},"QueryResponse":{"startPosition":1,"x":{"y":[1]},"z":"\\"[","Item":[{"Id":"1"}],"maxResults":1}}`;
    expect(recordsOf(text, "Item").map((record) => record)).toEqual([{ Id: "1" }]);
    expect(parseAnswer(text)).toMatchObject({
      time: "[{",
      QueryResponse: { startPosition: 1, x: { y: [1] }, maxResults: 1 },
    });
  });

  it.each([
    answerOf('[{"Id":1} {"Id":2}]'),
    answerOf('[{"Id":1},]'),
    answerOf('[{"Id":1}'),
    answerOf('[{"Id":}]'),
    answerOf('[{"Id":1}]').slice(0, -1),
    answerOf('[{"Id":"1]'),
    `${answerOf("[{}]")}x`,
    '{"QueryResponse" {"Customer":[{}]}}',
    '{"QueryResponse":{"Customer" [{}]}}',
    '{"a":1 "QueryResponse":{"Customer":[{}]}}',
    "{",
    "",
    "[{]",
  ])("cannot be read if the answer is not JSON: %s", (text) => {
    expect(() => parseAnswer(text)).toThrow(SyntaxError);
  });

  it.each([
    "7",
    '"text"',
    "null",
    "[]",
    "{}",
    '{"QueryResponse":7}',
    '{"QueryResponse":null}',
    '{"QueryResponse":[{"Customer":[{}]}]}',
    '{"QueryResponse":{}}',
    '{"QueryResponse":{"totalCount":3}}',
    '{"QueryResponse":{"Customer":[1,2]}}',
    '{"QueryResponse":{"Customer":[{},2]}}',
    '{"Other":{"Customer":[{}]}}',
  ])("are not looked for if the answer has another form: %s", (text) => {
    expect(parseAnswer(text)).toEqual(JSON.parse(text));
    expect(parseAnswer(` ${text}\n`)).toEqual(JSON.parse(text));
  });

  it("of a name that occurs twice are the ones that JSON.parse would return", () => {
    const text = '{"QueryResponse":{"Customer":[{"Id":"1"}]},"QueryResponse":7}';
    expect(parseAnswer(text)).toEqual(JSON.parse(text));
  });

  it("that are broken are reported at once in a small answer, but only when they are read in a large one", () => {
    const broken = '[{"Id":1},{"Id":x}]';
    expect(() => parseAnswer(answerOf(broken))).toThrow(SyntaxError);
    const records = recordsOf(answerOf(broken, `,"note":"${LONG}"`));
    expect(records.at(0)).toEqual({ Id: 1 });
    expect(() => records.at(1)).toThrow(SyntaxError);
  });
});
