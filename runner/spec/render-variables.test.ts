import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkProjectFile } from "./check-project-file.ts";
import { compileSchema } from "./check-shape.ts";
import { checkSpec } from "./check-spec.ts";
import type { WrittenProject } from "./types.ts";

const schema = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const validate = compileSchema(schema("entity.schema.json"));
const validateProject = compileSchema<WrittenProject>(schema("project.schema.json"), [
  schema("entity.schema.json"),
]);
const env = { WINDOW: "week", ROWS: "500", QBO_CLIENT_SECRET: "s3cret", EMPTY: "" };
const project = (text: string) => checkProjectFile("qbo.yml", text, validateProject, env);
const check = (text: string, shared = "version: 1\n") =>
  checkSpec("bills.yml", `version: 1\nentity: Bill\n${text}`, validate, project(shared).settings);
const problemsOf = (text: string, shared?: string) =>
  check(text, shared).problems.map(({ code, line, column, length }) => `${code} ${line}:${column}+${length}`);

describe("expressions in a spec", () => {
  it("are replaced by the values of vars and of the environment", () => {
    const text =
      `page_size: "{{ env_var('ROWS') }}"\nwindow: "{{ env_var("WINDOW") }}"\ntags: "{{ var('tags') }}"\nquery: select * from Bill where DocNumber = '{{ var('number') }}-{{var("none", 'x')}}'\n`.replace(
        '"{{ env_var("WINDOW") }}"',
        `'{{ env_var("WINDOW") }}'`,
      );
    const { spec, problems } = check(text, "version: 1\nvars: {tags: [a, b], number: 7}\n");
    expect(problems).toEqual([]);
    expect(spec).toMatchObject({
      pageSize: 500,
      window: "week",
      tags: ["a", "b"],
      condition: "DocNumber = '7-x'",
    });
  });

  it("use their own default if a variable is missing or empty", () => {
    const text = `page_size: "{{ var('rows', 50) }}"\nlookback: "{{ env_var('EMPTY', '3') }}"\n`;
    expect(check(text).spec).toMatchObject({ pageSize: 50, lookback: 3 });
  });

  it.each([
    [`description: "for {{ var('nmae') }}"\n`, ["variable/unknown-var 3:19+17"]],
    [`description: "{{ env_var('UNSET') }}"\n`, ["variable/unset-env 3:15+22"]],
    [`description: "{{ env_var('QBO_CLIENT_SECRET') }}"\n`, ["variable/secret 3:15+34"]],
    [`description: "{{ var(name) }}"\n`, ["variable/syntax 3:15+15"]],
    [
      `tags: ["{{ var('x') }}", "{{ var('y') }}"]\n`,
      ["variable/unknown-var 3:9+14", "variable/unknown-var 3:27+14"],
    ],
    [`page_size: "{{ var('rows', 5000) }}"\n`, ["schema/maximum 3:12+25"]],
    [`table: "{{ var('t', 'qbo.runs') }}"\n`, ["spec/reserved-schema 3:8+28"]],
  ])("are reported at their place if they fail: %j", (text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it("never insert a secret", () => {
    const [problem] = check(`description: "{{ env_var('QBO_CLIENT_SECRET', 'x') }}"\n`).problems;
    expect(JSON.stringify(problem)).not.toContain("s3cret");
  });
});

describe("qbo.yml", () => {
  it("provides the keys that a spec leaves out", () => {
    const shared = `version: 1
defaults: {schema: landing, window: month, page_size: 200, begin: 2020-01-01, lookback: 3, tags: [quickbooks]}
`;
    expect(check("page_size: 10\ntags: [own]\n", shared).spec).toMatchObject({
      table: { schema: "landing", name: "qb_bills" },
      window: "month",
      pageSize: 10,
      begin: "2020-01-01",
      lookback: 3,
      tags: ["own", "quickbooks"],
    });
    expect(check("table: raw.x\n", shared).spec?.table.schema).toBe("raw");
  });

  it.each([
    ["version: 1\ndefaults: {page_size: 0}\n", ["schema/minimum 2:23"]],
    ["version: 1\ndefualts: {}\n", ["schema/unknown-key 2:1"]],
    ["version: 1\ndefaults: {schema: 'a b'}\n", ["schema/pattern 2:20"]],
    ["vars: {}\n", ["schema/required 1:1"]],
    ["version: [\n", ["yaml/syntax 2:1"]],
  ])("is checked: %j", (text, expected) => {
    expect(project(text).problems.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual(
      expected,
    );
  });

  it("must not place tables in the schema of the ledger", () => {
    expect(problemsOf("", "version: 1\ndefaults: {schema: qbo}\n")).toEqual(["spec/reserved-schema 1:1+1"]);
  });
});
