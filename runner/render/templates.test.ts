import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { resolveSpec } from "../spec/resolve-spec.ts";
import { checkTemplate } from "./check-template.ts";
import { compileTemplate } from "./compile-template.ts";
import { checkTemplates, compileTemplates, TEMPLATE_NAMES, type TemplateFiles } from "./templates.ts";

const FILES = Object.fromEntries(
  TEMPLATE_NAMES.map((file) => [
    file,
    { file, text: readFileSync(new URL(`../../templates/${file}`, import.meta.url), "utf8") },
  ]),
) as unknown as TemplateFiles;
const statements = compileTemplates(FILES);
const customers = resolveSpec("customers.yml", { version: 1, entity: "Customer" }, [
  "Active in (true, false)",
]);
const invoices = resolveSpec(
  "invoices.yml",
  { version: 1, entity: "Invoice", description: "what's \\ billed" },
  [""],
);
const interval = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 31) };

describe("the templates of the package", () => {
  it("keep their contract", () => {
    expect(checkTemplates(FILES)).toEqual([]);
  });

  it("ask for a page in cursor order", () => {
    expect(statements.page(customers, { interval, start: 1, limit: 1000 })).toBe(
      "select * from Customer where Active in (true, false) and MetaData.LastUpdatedTime >= '2026-01-01T00:00:00Z' and MetaData.LastUpdatedTime < '2026-01-31T00:00:00Z' order by MetaData.LastUpdatedTime asc startposition 1 maxresults 1000",
    );
  });

  it("leave out order and paging for entities without them", () => {
    const places = { interval, start: 1, limit: 9 };
    expect(statements.page({ ...invoices, sortable: false }, places)).toMatch(
      /Z' startposition 1 maxresults 9$/,
    );
    expect(statements.page({ ...invoices, paging: false }, { ...places, interval: null })).toBe(
      "select * from Invoice",
    );
  });

  it("add the window to a query without conditions", () => {
    expect(statements.page(invoices, { interval, start: 1, limit: 5 })).toContain(
      "from Invoice where MetaData.LastUpdatedTime >= ",
    );
  });

  it("read an entity without a cursor whole", () => {
    expect(statements.page(invoices, { interval: null, start: 11, limit: 10 })).toBe(
      "select * from Invoice startposition 11 maxresults 10",
    );
    expect(statements.count(customers, null)).toBe(
      "select count(*) from Customer where Active in (true, false)",
    );
  });

  it("quote the description", () => {
    expect(statements.table(invoices)).toContain(`is  E'what''s \\\\ billed'`);
  });
});

describe("templates that a spec brings itself", () => {
  const own = { file: "own/page.hbs", text: "{{statement query}} maxresults {{integer limit}}" };
  const mixed = compileTemplates(FILES, new Map([["invoices.yml", { "page.qbo.hbs": own }]]));

  it("replace those of the package for that spec, and for no other", () => {
    const places = { interval: null, start: 1, limit: 7 };
    expect(mixed.page(invoices, places)).toBe("select * from Invoice maxresults 7");
    expect(mixed.page(customers, places)).toBe(statements.page(customers, places));
    expect(mixed.count(invoices, null)).toBe(statements.count(invoices, null));
    expect(mixed.count(invoices, null)).toContain("count(*)");
    expect([mixed.table(invoices), mixed.upsert(invoices)]).toEqual([
      statements.table(invoices),
      statements.upsert(invoices),
    ]);
    expect(mixed.fileOf(invoices, "page")).toBe("own/page.hbs");
    expect(mixed.fileOf(invoices, "count")).toBe("count.qbo.hbs");
    expect(mixed.fileOf(customers, "page")).toBe("page.qbo.hbs");
    expect(TEMPLATE_NAMES).toEqual(["page.qbo.hbs", "count.qbo.hbs", "table.sql.hbs", "upsert.sql.hbs"]);
  });

  it("are checked like the templates that they replace", () => {
    expect(checkTemplates({ "page.qbo.hbs": own })).toEqual([]);
    const wrong = { file: "own/count.hbs", text: "{{integer limit}} {{path entity}}" };
    expect(checkTemplates({ "count.qbo.hbs": wrong }).map(({ code, file }) => [code, file])).toEqual([
      ["template/unknown-variable", "own/count.hbs"],
      ["template/unknown-helper", "own/count.hbs"],
    ]);
    expect(checkTemplates({})).toEqual([]);
  });
});

describe("checkTemplate", () => {
  const contract = { variables: new Set(["table.name", "cursor"]), helpers: new Set(["identifier"]) };
  const codes = (text: string) =>
    checkTemplate("t.hbs", text, contract).map(({ code, line, column }) => `${code} ${line}:${column}`);

  it.each([
    ["a value without a helper", "select\n  {{cursor}}", ["template/raw-value 2:3"]],
    ["a value in three braces", "{{{cursor}}}", ["template/raw-value 1:1"]],
    ["a misspelt condition", "{{#if crusor}}x{{/if}}", ["template/unknown-variable 1:7"]],
    [
      "an unknown variable in a branch",
      "{{#if cursor}}x{{else}}{{identifier tabel.name}}{{/if}}",
      ["template/unknown-variable 1:37"],
    ],
    ["an unknown helper", "{{ident table.name}}", ["template/unknown-helper 1:1"]],
    ["a loop", "{{#each cursor}}x{{/each}}", ["template/unsupported 1:1"]],
    ["a partial", "{{> other}}", ["template/unsupported 1:1"]],
    ["broken braces", "a\n{{#if cursor}}", ["template/syntax 2:1"]],
  ])("reports %s", (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });
});

describe("the helpers", () => {
  const sql = (text: string, value: unknown) => compileTemplate("t", text, "sql")({ value });
  const query = (text: string, value: unknown) => compileTemplate("t", text, "query")({ value });

  it("quote names and texts of SQL", () => {
    expect(sql("{{identifier value}}", 'a"; drop table b')).toBe('"a""; drop table b"');
    expect(sql("{{literal value}}", "O'Neil <b>")).toBe("'O''Neil <b>'");
  });

  it("quote texts of the query language", () => {
    expect(query("{{literal value}}", "O'Neil")).toBe("'O\\'Neil'");
  });

  it("reach into a wrapped record, and leave out the fields that differ on each read", () => {
    const spec = { ...invoices, wrapped: true, volatile: ["TempDownloadUri", "A.B"] };
    const upsert = statements.upsert(spec);
    expect(upsert).toContain(
      "(jsonb_path_query_first(stored.payload, '$.*') #>> '{MetaData,LastUpdatedTime}')::timestamptz",
    );
    expect(upsert).toContain(
      "row(earlier.payload #- '{TempDownloadUri}' #- '{A,B}')::record *= row(incoming.payload #- '{TempDownloadUri}' #- '{A,B}')::record",
    );
    expect(sql('{{comparable "stored.payload" value}}', ["A.B"])).toBe("(stored.payload #- '{A,B}')::text");
    expect(() => sql('{{comparable "x; drop" value}}', [])).toThrow("takes the name of a column");
  });

  it("refuse values of another kind", () => {
    expect(() => query("{{property value}}", "Id' or '1")).toThrow("is not the name of a property");
    expect(() => sql("{{integer value}}", "1; drop")).toThrow("takes a whole number");
    expect(() => query("{{instant value}}", undefined)).toThrow(/value|instant/);
  });
});
