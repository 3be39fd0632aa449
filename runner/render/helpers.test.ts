import { describe, expect, it } from "vitest";
import { HelperError, QUERY_HELPERS, SQL_HELPERS } from "./helpers.ts";

const call = (helpers: typeof QUERY_HELPERS, name: string, ...values: readonly unknown[]): string => {
  const helper = helpers[name];
  if (helper === undefined) throw new Error(`there is no helper ${name}`);
  return helper(...values);
};
const query = (name: string, ...values: readonly unknown[]) => call(QUERY_HELPERS, name, ...values);
const sql = (name: string, ...values: readonly unknown[]) => call(SQL_HELPERS, name, ...values);

describe("helpers of the query language", () => {
  it.each([
    ["statement", ["select * from Customer"], "select * from Customer"],
    ["property", ["Id"], "Id"],
    ["property", ["MetaData.LastUpdatedTime"], "MetaData.LastUpdatedTime"],
    ["literal", ["O'Neil \\ 'n"], "'O\\'Neil \\\\ \\'n'"],
    ["instant", [Date.UTC(2026, 0, 31, 10)], "'2026-01-31T10:00:00Z'"],
    ["instant", [0], "'1970-01-01T00:00:00Z'"],
    ["integer", [-7], "-7"],
  ])("%s turns %j into %s", (name, values, expected) => {
    expect(query(name, ...values)).toBe(expected);
  });

  it.each([
    ["statement", undefined, "an unknown variable"],
    ["statement", 5, "takes text, not number"],
    ["property", "Id ", "is not the name"],
    ["property", " Id", "is not the name"],
    ["property", "a.", "is not the name"],
    ["property", "a..b", "is not the name"],
    ["property", "", "is not the name"],
    ["property", "a1", "is not the name"],
    ["literal", null, "takes text, not object"],
    ["instant", "2026-01-31", "takes milliseconds"],
    ["instant", Number.NaN, "takes milliseconds"],
    ["integer", 1.5, "takes a whole number"],
    ["integer", "1", "takes a whole number"],
    ["integer", 2 ** 53, "takes a whole number"],
  ])("%s refuses %j", (name, value, words) => {
    expect(() => query(name, value)).toThrow(HelperError);
    expect(() => query(name, value)).toThrow(words);
  });
});

describe("helpers of SQL", () => {
  it.each([
    ["identifier", ["raw", 'qb"x"'], '"raw"."qb""x"""'],
    ["literal", ["O'Neil's"], "'O''Neil''s'"],
    ["literal", ["a\\b\\'"], " E'a\\\\b\\\\'''"],
    ["path", ["MetaData.LastUpdatedTime"], "'{MetaData,LastUpdatedTime}'"],
    ["path", ["a'b"], "'{a''b}'"],
    ["instant", ["payload", "A.B", false], "(payload #>> '{A,B}')::timestamptz"],
    ["instant", ["payload", "A.B", undefined], "(payload #>> '{A,B}')::timestamptz"],
    [
      "instant",
      ["r.payload", "A", true],
      "(jsonb_path_query_first(r.payload, '$.*') #>> '{A}')::timestamptz",
    ],
    ["comparable", ["payload", []], "(payload)::text"],
    ["comparable", ["payload", ["A", "B.C"]], "(payload #- '{A}' #- '{B,C}')::text"],
    ["same", ["a.x", "b.x", []], "row(a.x)::record *= row(b.x)::record"],
    ["same", ["a.x", "b.x", ["T"]], "row(a.x #- '{T}')::record *= row(b.x #- '{T}')::record"],
    ["integer", [1000], "1000"],
  ])("%s turns %j into %s", (name, values, expected) => {
    expect(sql(name, ...values)).toBe(expected);
  });

  it.each([
    ["identifier", ["raw", undefined], "an unknown variable"],
    ["literal", [5], "takes text, not number"],
    ["path", [undefined], 'the helper "path" takes text'],
    ["instant", ["payload x", "A"], "takes the name of a column"],
    ["instant", ["x; drop", "A"], "takes the name of a column"],
    ["instant", ["a.b.c", "A"], "takes the name of a column"],
    ["instant", ["Payload", "A"], "takes the name of a column"],
    ["instant", ["1a", "A"], "takes the name of a column"],
    ["instant", [7, "A"], 'the helper "instant" takes text'],
    ["instant", ["payload", 7], 'the helper "instant" takes text'],
    ["comparable", ["payload", "A"], "takes a list of fields, not string"],
    ["comparable", ["payload", [7]], 'the helper "comparable" takes text'],
    ["same", ["payload", "x y", []], "takes the name of a column"],
    ["same", ["payload", "x", undefined], "takes a list of fields, not undefined"],
    ["integer", ["1"], "takes a whole number"],
  ])("%s refuses %j", (name, values, words) => {
    expect(() => sql(name, ...values)).toThrow(HelperError);
    expect(() => sql(name, ...values)).toThrow(words);
  });
});
