import { describe, expect, it } from "vitest";
import { asksOf } from "./asks-of.ts";
import { partsOf, queryOf, resolveSpec, tableOf } from "./resolve-spec.ts";
import type { ProjectDefaults, WrittenSpec } from "./types.ts";

const resolve = (written: Omit<WrittenSpec, "version">, defaults?: ProjectDefaults, file = "a/b/bills.yml") =>
  resolveSpec(file, { version: 1, ...written }, [""], defaults);

describe("a spec", () => {
  it.each([
    ["bills.yml", "bills"],
    ["a/b.c/bills.yaml", "bills"],
    ["a\\bills.yml", "bills"],
    ["bills.yml.txt", "bills.yml.txt"],
    ["bills.yml/x", "x"],
  ])("in %s is called %s", (file, name) => {
    expect(resolve({ entity: "Bill" }, {}, file).name).toBe(name);
  });

  it("has what it says, before what the project says, before what follows from its entity", () => {
    const own: Omit<WrittenSpec, "version"> = {
      entity: "Bill",
      answer_key: "Other",
      table: "a.b",
      cursor: null,
      key: [],
      paging: false,
      sortable: false,
      wrapped: true,
      volatile: ["A"],
      window: "week",
      page_size: 7,
      begin: "2020-01-01",
      lookback: 0,
      tags: ["x", "y"],
      owner: "o",
      description: "d",
      templates: { page: "p.hbs" },
    };
    const defaults: ProjectDefaults = {
      schema: "s",
      window: "month",
      page_size: 9,
      begin: "2019-01-01",
      lookback: 5,
      tags: ["y", "z"],
    };
    expect(resolve(own, defaults)).toMatchObject({
      answerKey: "Other",
      table: { schema: "a", name: "b" },
      cursor: null,
      key: [],
      paging: false,
      sortable: false,
      wrapped: true,
      volatile: ["A"],
      window: "week",
      pageSize: 7,
      begin: "2020-01-01",
      lookback: 0,
      tags: ["x", "y", "z"],
      owner: "o",
      description: "d",
      templates: { page: "p.hbs" },
    });
    expect(resolve({ entity: "Bill" }, defaults)).toMatchObject({
      table: { schema: "s", name: "qb_bills" },
      window: "month",
      pageSize: 9,
      begin: "2019-01-01",
      lookback: 5,
      tags: ["y", "z"],
    });
  });

  it("has its queries on one line each", () => {
    const query = " select * from TaxCode\n   where Name = 'a  b' \n";
    const spec = resolveSpec(
      "t.yml",
      { version: 1, entity: "TaxCode", cursor: null, query, also: [query, query] },
      ["Name =\n  'a  b'", "one\n two"],
    );
    expect(spec.query).toBe("select * from TaxCode where Name = 'a  b'");
    expect(spec.condition).toBe("Name = 'a  b'");
    expect(spec.also).toEqual([
      { query: spec.query, condition: "one two" },
      { query: spec.query, condition: "" },
    ]);
    expect(partsOf(spec).map(({ query: text, condition }) => [text, condition])).toEqual([
      [spec.query, "Name = 'a  b'"],
      [spec.query, "one two"],
      [spec.query, ""],
    ]);
  });

  it("asks for inactive records too where its entity has them, unless it says what to ask for", () => {
    expect(queryOf({ version: 1, entity: "Customer" })).toBe(
      "select * from Customer where Active in (true, false)",
    );
    expect(queryOf({ version: 1, entity: "Bill" })).toBe("select * from Bill");
    expect(queryOf({ version: 1, entity: "Other" })).toBe("select * from Other");
    expect(queryOf({ version: 1, entity: "Customer", query: "q" })).toBe("q");
  });

  it.each([
    ["Company", "qb_companies"],
    ["Survey", "qb_surveys"],
    ["Tax", "qb_taxes"],
    ["Batch", "qb_batches"],
    ["Dish", "qb_dishes"],
    ["CompanyInfo", "qb_company_infos"],
    ["SalesReceipt", "qb_sales_receipts"],
    ["TaxCode", "qb_tax_codes"],
    ["Preferences", "qb_preferences"],
    ["Sss", "qb_ssses"],
  ])("of %s has the table %s where it names none", (entity, name) => {
    expect(tableOf({ version: 1, entity })).toEqual({ schema: "raw", name });
    expect(tableOf({ version: 1, entity }, "x")).toEqual({ schema: "x", name });
  });
});

describe("what a spec asks for", () => {
  const asks = (query: string, also: readonly string[] = []) =>
    asksOf(resolveSpec("b.yml", { version: 1, entity: "Bill", query, also }, [""])).query;

  it("does not depend on white space, but in texts", () => {
    expect(asks("select  *\tfrom Bill   where A = 'x  y'  and B = 'it\\'s  z' ")).toBe(
      "select * from Bill where A = 'x  y' and B = 'it\\'s  z'",
    );
  });

  it("is all of its queries, cursor and key", () => {
    expect(asks("a  b", ["c  d", "e"])).toBe("a b; c d; e");
    expect(asksOf(resolve({ entity: "Bill", cursor: null, key: ["A"], wrapped: true }))).toMatchObject({
      cursor: null,
      key: ["A"],
      wrapped: true,
    });
  });
});
