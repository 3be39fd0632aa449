import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileSchema } from "./check-shape.ts";
import { checkSpec } from "./check-spec.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const validate = compileSchema(JSON.parse(read("entity.schema.json")));
const problems = (text: string) => checkSpec("x.yml", text, validate).problems;
const problemsOf = (text: string) =>
  problems(text).map(
    ({ code, severity, line, column, length }) => `${severity} ${code} ${line}:${column}+${length}`,
  );
const of = (entity: string, ...lines: string[]) => `version: 1\nentity: ${entity}\n${lines.join("\n")}\n`;

describe("checkMeaning", () => {
  it.each([
    [of("Invoice", "cursor: TxnDate"), ["error spec/no-such-cursor 3:9+7"]],
    [of("ExchangeRate", "cursor: MetaData.CreateTime"), ["error spec/no-such-cursor 3:9+19"]],
    [of("RecurringTransaction", "wrapped: true"), ["error spec/not-sortable 2:9+20"]],
    [of("RecurringTransaction", "sortable: true"), ["error spec/not-sortable 3:11+4"]],
    [of("Preferences", "paging: false"), ["error spec/paging-with-cursor 3:9+5"]],
    [of("Invoice", "wrapped: true", "volatile: [A]"), ["error spec/volatile-wrapped 4:11+3"]],
    [of("Bill", "query: select * from Bill where Active = true"), ["error query/no-active 3:33+6"]],
    [
      of("Bill", "query: select * from Bill where DueDat > '2026-01-01'"),
      ["warning query/unknown-property 3:33+6"],
    ],
    [of("Bill", "query: select * from Bill where metadata.createtime > '2026-01-01'"), []],
    [of("Bill", "query: select * from Bill where VendorRef.value = '1'"), []],
    [of("Deposit", "query: select * from Deposit where Whatever = '1'"), []],
    [of("TaxAgency", "sortable: false"), []],
  ])("reports the problems of %j", (text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it("reports its problems together with those of the shape", () => {
    const text = read("../../test/e2e/cases/twenty-problems-text/entities/broken.yml");
    const found = problems(text);
    const places = new Set(found.map(({ line, column }) => `${line}:${column}`));
    const words = new Set(found.map(({ code, message }) => `${code} ${message}`));
    expect(found.length).toBeGreaterThanOrEqual(20);
    expect({ places: places.size, words: words.size }).toEqual({ places: found.length, words: found.length });
    const lines = text.split("\n");
    const pieces = found.map(({ line, column, length }) =>
      lines[line - 1]?.slice(column - 1, column - 1 + length),
    );
    expect(pieces).toMatchInlineSnapshot(`
      [
        "2",
        "Raw.Invoices; drop table x",
        "TxnDate",
        "Active",
        "TotlAmt",
        "DocNumbr",
        "[Id, Id]",
        "Invoice-Rows",
        ""no"",
        "1",
        "maybe",
        "Temp Download",
        "year",
        "5000",
        "yesterday",
        "-1",
        "Sales & more",
        "7",
        "[text]",
        "0",
        "month",
        "lokback",
        "qurey",
        "colour",
      ]
    `);
  });
});
