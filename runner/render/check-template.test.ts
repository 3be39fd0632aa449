import { describe, expect, it } from "vitest";
import { RunnerError } from "../errors.ts";
import { checkTemplate } from "./check-template.ts";
import { compileTemplate } from "./compile-template.ts";

const contract = {
  variables: new Set(["table.name", "cursor"]),
  helpers: new Set(["identifier", "literal"]),
};
const reported = (text: string) =>
  checkTemplate("t.hbs", text, contract).map(
    ({ code, line, column, length }) => `${code} ${line}:${column}+${length}`,
  );

describe("a template", () => {
  it.each([
    ["plain", "select 1 {{! a comment }} from x"],
    ["with a helper", "{{identifier table.name}}"],
    ["with a literal text", "{{literal 'text'}} {{literal 5}}"],
    ["with conditions", "{{#if cursor}}a{{else}}b{{/if}}{{#unless cursor}}c{{/unless}}"],
    ["that is empty", ""],
  ])("%s has no problem", (_, text) => {
    expect(reported(text)).toEqual([]);
  });

  it.each([
    ["a helper without a value", "{{identifier}}", ["template/raw-value 1:1+14"]],
    [
      "an unknown helper and its unknown variable",
      "{{x y}}",
      ["template/unknown-helper 1:1+7", "template/unknown-variable 1:5+1"],
    ],
    [
      "every value of a helper",
      "{{identifier cursor a b}}",
      ["template/unknown-variable 1:21+1", "template/unknown-variable 1:23+1"],
    ],
    ["a helper within a helper", "{{identifier (literal cursor)}}", ["template/unsupported 1:14+16"]],
    ["a condition's body", "{{#if cursor}}{{cursor}}{{/if}}", ["template/raw-value 1:15+10"]],
    ["the other branch", "{{#if cursor}}{{else}}{{cursor}}{{/if}}", ["template/raw-value 1:23+10"]],
    ["a block over lines", "a\n {{#each cursor}}\nx{{/each}}", ["template/unsupported 2:2+1"]],
    [
      "an unknown variable of a block",
      "{{#unless nothing}}x{{/unless}}",
      ["template/unknown-variable 1:11+7"],
    ],
    ["a decorator", "{{* deco}}", ["template/unsupported 1:1+10"]],
    ["a partial in a branch", "{{#if cursor}}{{> p}}{{/if}}", ["template/unsupported 1:15+7"]],
    ["two at once", "{{cursor}}\n{{> p}}", ["template/raw-value 1:1+10", "template/unsupported 2:1+7"]],
  ])("reports %s, with its place", (_, text, expected) => {
    expect(reported(text)).toEqual(expected);
  });

  it("that cannot be parsed is reported with the line at fault and a message of one line", () => {
    const [problem, ...others] = checkTemplate("t.hbs", "a\nb {{#if cursor}}\n{{/unless}}", contract);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      code: "template/syntax",
      severity: "error",
      file: "t.hbs",
      line: 2,
      column: 1,
      length: 1,
    });
    expect(problem?.message).toContain("if doesn't match unless");
    expect(checkTemplate("t.hbs", "a\n\n{{identifier", contract)[0]).toMatchObject({ line: 3 });
    const far = "\n".repeat(14);
    const wide = " ".repeat(20);
    expect(checkTemplate("t.hbs", `${far}{{identifier`, contract)[0]).toMatchObject({ line: 15 });
    expect(checkTemplate("t.hbs", `${far}${wide}{{#if cursor}}{{/unless}}`, contract)[0]).toMatchObject({
      line: 15,
    });
    expect(checkTemplate("t.hbs", "a\n\n{{identifier", contract)[0]?.message).toMatch(/^Expecting /);
    expect(checkTemplate("t.hbs", "a\n\n{{identifier", contract)[0]?.message).not.toContain("\n");
  });

  it("lists the helpers and variables that are known", () => {
    const hints = (text: string) => checkTemplate("t.hbs", text, contract).map(({ hint }) => hint);
    expect(hints("{{cursor}}")).toEqual(["pass it through a helper: identifier, literal"]);
    expect(hints("{{x cursor}}")).toEqual(["known helpers are identifier, literal"]);
    expect(hints("{{literal x}}")).toEqual(["known variables are table.name, cursor"]);
  });
});

describe("the text of a template", () => {
  it("is one line in the query language, and keeps its lines in SQL", () => {
    const text = "\n select *  \n  from x\n\n where {{#if a}}y{{/if}} \n";
    expect(compileTemplate("t", text, "query")({ a: true })).toBe("select * from x where y");
    expect(compileTemplate("t", text, "sql")({ a: true })).toBe("select *  \n  from x\n\n where y");
  });

  it("may depend on whether a value is set", () => {
    const render = compileTemplate("t", "{{#if a}}a{{else}}no a{{/if}} {{#unless b}}no b{{/unless}}", "sql");
    expect(render({ a: 1, b: null })).toBe("a no b");
    expect(render({ a: 0, b: "b" })).toBe("no a");
  });

  it("is not escaped for HTML", () => {
    expect(compileTemplate("t", "{{literal a}} < 'x'", "query")({ a: "<&>" })).toBe("'<&>' < 'x'");
  });

  it.each([
    ["a value that a helper refuses", "{{integer a}}", { a: "x" }],
    ["an unknown variable", "{{literal b}}", {}],
    ["a helper of the other language", "{{path a}}", { a: "x" }],
  ])("fails, naming the file of the template, because of %s", (_, text, variables) => {
    const render = compileTemplate("own.qbo.hbs", text, "query");
    expect(() => render(variables)).toThrow(RunnerError);
    expect(() => render(variables)).toThrow(/^own\.qbo\.hbs: /);
    expect(() => render(variables)).toThrow(expect.objectContaining({ hint: expect.stringMatching(/./) }));
  });

  it.each(["{{#each a}}x{{/each}}", "{{literal (lookup a 'b')}}", "{{log a}}", "{{#with a}}x{{/with}}"])(
    "may not use Handlebars' own helpers: %s",
    (text) => {
      expect(() => compileTemplate("t", text, "query")({ a: [{ b: "x" }] })).toThrow();
    },
  );

  it("does not disguise a bug as a problem of the template", () => {
    const variables = {
      get a(): string {
        throw new TypeError("a bug");
      },
    };
    expect(() => compileTemplate("t", "{{literal a}}", "query")(variables)).toThrow(TypeError);
  });
});
