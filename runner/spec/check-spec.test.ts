import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileSchema } from "./check-shape.ts";
import { checkSpec, checkTogether } from "./check-spec.ts";

const validate = compileSchema(
  JSON.parse(readFileSync(new URL("entity.schema.json", import.meta.url), "utf8")),
);
const check = (text: string, file = "customers.yml") => checkSpec(file, text, validate);
const problems = (text: string) =>
  check(text).problems.map(
    ({ code, line, column, length, severity }) => `${severity} ${code} ${line}:${column}+${length}`,
  );
const head = "version: 1\nentity: Customer\n";

describe("checkSpec", () => {
  it("fills in the defaults of a spec with two lines", () => {
    expect(check(head).spec).toEqual({
      name: "customers",
      file: "customers.yml",
      entity: "Customer",
      also: [],
      answerKey: "Customer",
      table: { schema: "raw", name: "qb_customers" },
      cursor: "MetaData.LastUpdatedTime",
      query: "select * from Customer where Active in (true, false)",
      condition: "Active in (true, false)",
      key: ["Id"],
      paging: true,
      sortable: true,
      wrapped: false,
      volatile: [],
      window: "day",
      pageSize: 1000,
      begin: undefined,
      lookback: 1,
      freshness: undefined,
      tags: [],
      templates: {},
      description: "",
    });
  });

  it.each([
    ["Class", "qb_classes"],
    ["JournalEntry", "qb_journal_entries"],
    ["TimeActivity", "qb_time_activities"],
    ["Preferences", "qb_preferences"],
    ["Deposit", "qb_deposits"],
  ])("names the table of %s %s", (entity, table) => {
    expect(check(`version: 1\nentity: ${entity}\n`).spec?.table.name).toBe(table);
  });

  it.each([
    ["an unknown key", `${head}qurey: select * from Customer\n`, ["error schema/unknown-key 3:1+5"]],
    [
      "every unknown key",
      `${head}qurey: x\ntabel: y\n`,
      ["error schema/unknown-key 3:1+5", "error schema/unknown-key 4:1+5"],
    ],
    ["a missing entity", "version: 1\n", ["error schema/required 1:1+11"]],
    ["a wrong type", `${head}page_size: "1000"\n`, ["error schema/type 3:12+6"]],
    ["a page size that is too large", `${head}page_size: 1001\n`, ["error schema/maximum 3:12+4"]],
    ["a page size of none", `${head}page_size: 0\n`, ["error schema/minimum 3:12+1"]],
    ["another version", "version: 2\nentity: Customer\n", ["error schema/const 1:10+1"]],
    ["an unknown window", `${head}window: year\n`, ["error schema/enum 3:9+4"]],
    ["a table that injects SQL", `${head}table: "raw.x; drop table y"\n`, ["error schema/pattern 3:8+21"]],
    ["a table without schema", `${head}table: customers\n`, ["error schema/pattern 3:8+9"]],
    ["a table of the ledger", `${head}table: qbo.runs\n`, ["error spec/reserved-schema 3:8+8"]],
    ["a table of the system", `${head}table: pg_catalog.x\n`, ["error spec/reserved-schema 3:8+12"]],
    ["an unknown entity", "version: 1\nentity: Custmoer\n", ["error spec/unknown-entity 2:9+8"]],
    ["a file that holds nothing", "", ["error schema/type 1:1+1"]],
    ["a file that is no map", "- a\n", ["error schema/type 1:1+4"]],
    ["a key given twice", `${head}entity: Item\n`, ["error yaml/syntax 3:1+1"]],
    ["broken YAML", `${head}tags: [a, b\n`, ["error yaml/syntax 4:1+1"]],
    [
      "a query for another entity",
      `${head}query: select * from Invoice\n`,
      ["error query/other-entity 3:22+7"],
    ],
    ["two entities", `${head}query: select * from Customer, Invoice\n`, ["error query/second-entity 3:30+1"]],
    ["paging", `${head}query: select * from Customer maxresults 10\n`, ["error query/paging 3:31+10"]],
    [
      "an order of its own",
      `${head}query: select * from Customer ORDER BY Id\n`,
      ["error query/paging 3:31+5"],
    ],
    [
      "paging on a folded line",
      `${head}query: >\n  select * from Customer\n  startposition 5\n`,
      ["error query/paging 5:3+13"],
    ],
    ["single columns", `${head}query: select Id from Customer\n`, ["error query/not-whole 3:15+2"]],
    ["a count", `${head}query: select count(*) from Customer\n`, ["error query/not-whole 3:15+5"]],
    [
      "OR",
      `${head}query: select * from Customer where Active = true or Id = '1'\n`,
      ["error query/syntax 3:51+2"],
    ],
    [
      "an open text",
      `${head}query: select * from Customer where DisplayName = 'O'Neil'\n`,
      ["error query/syntax 3:54+4"],
    ],
    ["a second statement", `${head}query: select * from Customer; delete\n`, ["error query/syntax 3:30+1"]],
    [
      "a condition that ends early",
      `${head}query: select * from Customer where Active =\n`,
      ["error query/syntax 3:44+1"],
    ],
    [
      "hidden inactive records",
      `${head}query: select * from Customer\n`,
      ["warning query/inactive-hidden 3:8+22"],
    ],
  ])("reports %s at its place", (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it.each([
    "select * from Customer where Active in (true, false)",
    "SELECT *, Sku FROM customer WHERE active = false AND DisplayName LIKE 'K%h'",
    "select * from Customer where Active in (true,false) and DisplayName = 'O\\'Neil order by x'",
  ])("accepts the query %s", (query) => {
    expect(problems(`${head}query: ${JSON.stringify(query)}\n`)).toEqual([]);
  });

  it("refuses aliases that would fill the memory", () => {
    const levels = "abcdefgh".split("").map((name, index) => {
      const inner = index === 0 ? "x" : `*${"abcdefgh"[index - 1]}`;
      return `${name}: &${name} [${Array(9).fill(inner).join(", ")}]`;
    });
    expect(check(`${levels.join("\n")}\n`).problems.map(({ code }) => code)).toEqual(["yaml/aliases"]);
  });

  it("suggests a similar name", () => {
    expect(check("version: 1\nentity: Invoce\n").problems[0]?.hint).toBe('did you mean "Invoice"?');
    expect(check(`${head}quary: x\n`).problems[0]?.hint).toBe('did you mean "query"?');
  });

  it("accepts more queries only without a cursor, and checks each of them", () => {
    const also = "also: [select * from TaxCode where Active = false, select * from Vendor]\n";
    const { problems } = check(`version: 1\nentity: TaxCode\n${also}`);
    expect(problems.map(({ code, line, column }) => [code, line, column])).toEqual([
      ["spec/also-with-cursor", 3, 7],
      ["query/other-entity", 3, 52],
    ]);
    const sound = check(
      "version: 1\nentity: TaxCode\ncursor: null\nalso: [select * from TaxCode where Active = false]\n",
    );
    expect(sound.spec?.also).toEqual([
      { query: "select * from TaxCode where Active = false", condition: "Active = false" },
    ]);
  });

  it("refuses two specs with the same table", () => {
    const found = checkTogether(
      [check(head, "a.yml"), check(`${head}table: raw.qb_customers\n`, "b.yml")],
      [],
    );
    expect(found).toMatchObject([{ code: "spec/shared-table", file: "b.yml", line: 3, column: 8 }]);
  });
});

it("describes every key of the schema", () => {
  const describe = (schema: Record<string, unknown>, path: string): string[] => {
    const missing = typeof schema["description"] === "string" ? [] : [path];
    const properties = Object.entries(
      (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>,
    );
    return [...missing, ...properties.flatMap(([name, child]) => describe(child, `${path}.${name}`))];
  };
  expect(describe(validate.schema as Record<string, unknown>, "spec")).toEqual([]);
});
