import { describe, expect, it } from "vitest";
import { RunnerError } from "../errors.ts";
import { resolveSpec } from "../spec/resolve-spec.ts";
import type { WrittenSpec } from "../spec/types.ts";
import { readRows } from "./read-rows.ts";

const specOf = (written: Omit<WrittenSpec, "version">) =>
  resolveSpec("x.yml", { version: 1, ...written }, [""]);
const customers = specOf({ entity: "Customer" });
const TIME = "2026-01-05T12:00:00-08:00";
const record = (members: object = {}) => ({ Id: "1", MetaData: { LastUpdatedTime: TIME }, ...members });

describe("readRows", () => {
  it("reads the ordinal, the id and the cursor", () => {
    expect(readRows(customers, [record(), record({ Id: "19 digits" })])).toEqual([
      { ordinal: 1, id: "1", cursor: Date.UTC(2026, 0, 5, 20) },
      { ordinal: 2, id: "19 digits", cursor: Date.UTC(2026, 0, 5, 20) },
    ]);
  });

  it("joins keys of several fields, and reads wrapped records", () => {
    const rates = specOf({ entity: "ExchangeRate", key: ["Source", "Target.Code"], cursor: null });
    expect(readRows(rates, [{ Source: "EUR", Target: { Code: "USD" } }])[0]?.id).toBe("EUR|USD");
    const wrapped = specOf({ entity: "RecurringTransaction", wrapped: true });
    expect(readRows(wrapped, [{ Invoice: record() }])[0]).toMatchObject({ id: "1" });
    expect(readRows(specOf({ entity: "Preferences", key: [], cursor: null }), [{}])).toEqual([
      { ordinal: 1, id: "Preferences", cursor: undefined },
    ]);
  });

  it.each([
    ["2026-01-05T12:00:00Z", Date.UTC(2026, 0, 5, 12)],
    ["2026-01-05T12:00:00+0530", Date.UTC(2026, 0, 5, 6, 30)],
  ])("reads %s as an instant", (text, instant) => {
    expect(readRows(customers, [record({ MetaData: { LastUpdatedTime: text } })])[0]?.cursor).toBe(instant);
  });

  it.each([
    [
      "two records without a key",
      specOf({ entity: "Preferences", key: [], cursor: null }),
      [{}, {}],
      "Preferences has 2 records",
    ],
    [
      "no wrapper",
      specOf({ entity: "R", wrapped: true }),
      [record()],
      "record 1 of R is not wrapped in its type: it has 2 members",
    ],
    ["a wrapper of nothing", specOf({ entity: "R", wrapped: true }), [{ Invoice: null }], "not wrapped"],
    ["a bare text", specOf({ entity: "R", wrapped: true }), ["Invoice"], "it has 0 members"],
    ["nothing in a wrapper's place", specOf({ entity: "R", wrapped: true }), [null], "it has 0 members"],
    [
      "two wrappers",
      specOf({ entity: "R", wrapped: true }),
      [{ A: record(), B: record() }],
      "it has 2 members",
    ],
    ["a wrapped text", specOf({ entity: "R", wrapped: true }), [{ Invoice: "x" }], "not wrapped"],
    ["no id", customers, [record(), record({ Id: undefined })], "record 2 of Customer has no text in Id"],
    ["an empty id", customers, [record({ Id: "" })], "has no text in Id"],
    ["a number as id", customers, [record({ Id: 5 })], "has no text in Id"],
    ["an id that cannot be stored", customers, [record({ Id: "a\u0000" })], "has no text in Id"],
    ["no object", customers, [null], "has no text in Id"],
    [
      "a bar in a part of a key",
      specOf({ entity: "R", key: ["A", "B"], cursor: null }),
      [{ A: "x|y", B: "z" }],
      'a key of record 1 of R holds "|"',
    ],
    [
      "no time",
      customers,
      [record({ MetaData: {} })],
      "MetaData.LastUpdatedTime of record 1 of Customer is missing",
    ],
    [
      "a time without offset",
      customers,
      [record({ MetaData: { LastUpdatedTime: "2026-01-05T12:00:00" } })],
      "not an instant with an offset",
    ],
    [
      "a day",
      customers,
      [record({ MetaData: { LastUpdatedTime: "2026-01-05" } })],
      "not an instant with an offset",
    ],
    [
      "no time at all",
      customers,
      [record({ MetaData: { LastUpdatedTime: "soonZ" } })],
      "not an instant with an offset",
    ],
    [
      "a time in a list",
      customers,
      [record({ MetaData: { LastUpdatedTime: [TIME] } })],
      "not an instant with an offset",
    ],
    [
      "a time with a remark",
      customers,
      [record({ MetaData: { LastUpdatedTime: "Mon, 05 Jan 2026 12:00:00 -0800 (PST)" } })],
      "not an instant with an offset",
    ],
    ["a text where the time should be inside", customers, [record({ MetaData: "x" })], "is missing"],
  ])("refuses %s and says what to do", (_, spec, records, words) => {
    expect(() => readRows(spec, records)).toThrow(RunnerError);
    expect(() => readRows(spec, records)).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/./) }),
    );
    expect(() => readRows(spec, records)).toThrow(words);
  });

  it("accepts a bar in a key of one field", () => {
    expect(readRows(customers, [record({ Id: "a|b" })])[0]?.id).toBe("a|b");
  });

  it("reports a record that is not JSON, and throws other errors unchanged", () => {
    const broken = (error: Error) => ({
      length: 1,
      at: () => undefined,
      map: (): never => {
        throw error;
      },
    });
    expect(() => readRows(customers, broken(new SyntaxError("Unexpected token")))).toThrow(
      "a record of Customer is not JSON: Unexpected token",
    );
    expect(() => readRows(customers, broken(new SyntaxError("x")))).toThrow(
      expect.objectContaining({ code: "QBO_UNEXPECTED_ANSWER", hint: expect.stringMatching(/./) }),
    );
    expect(() => readRows(customers, broken(new TypeError("a bug")))).toThrow(TypeError);
  });
});
