import { describe, expect, it } from "vitest";
import { partsOf, queryOf, resolveSpec, tableOf } from "./resolve-spec.ts";
import { identityOf } from "./spec-identity.ts";
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
  ])("in the file %s has the name %s", (file, name) => {
    expect(resolve({ entity: "Bill" }, {}, file).name).toBe(name);
  });

  it("prefers its own keys to those of the project, and these to the defaults of its entity", () => {
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

  it("has each of its queries on one line", () => {
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
    expect(partsOf(spec).flatMap(partsOf)).toEqual(partsOf(spec));
  });

  it("by default also reads inactive records if its entity has them", () => {
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
  ])("for %s has the table %s by default", (entity, name) => {
    expect(tableOf({ version: 1, entity })).toEqual({ schema: "raw", name });
    expect(tableOf({ version: 1, entity }, "x")).toEqual({ schema: "x", name });
  });
});

describe("what a spec asks for", () => {
  const asks = (query: string, also: readonly string[] = []) =>
    identityOf(resolveSpec("b.yml", { version: 1, entity: "Bill", query, also }, [""])).query;

  it("depends on white space only inside quoted texts", () => {
    expect(asks("select  *\tfrom Bill   where A = 'x  y'  and B = 'it\\'s  z' ")).toBe(
      "select * from Bill where A = 'x  y' and B = 'it\\'s  z'",
    );
  });

  it("consists of all its queries, its cursor and its key", () => {
    expect(asks("a  b", ["c  d", "e"])).toBe("a b; c d; e");
    expect(identityOf(resolve({ entity: "Bill", cursor: null, key: ["A"], wrapped: true }))).toMatchObject({
      cursor: null,
      key: ["A"],
      wrapped: true,
    });
  });
});
