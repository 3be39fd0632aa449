import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkShape, compileSchema } from "./check-shape.ts";
import { readDocument } from "./read-document.ts";
import { DEFAULTS, EXAMPLES } from "./spec-keys.ts";
import type { WrittenProject } from "./types.ts";

const schema = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const validate = compileSchema(schema("entity.schema.json"));
const validateProject = compileSchema<WrittenProject>(schema("project.schema.json"), [
  schema("entity.schema.json"),
]);
const read = (text: string) => readDocument("x.yml", text, { vars: {}, env: {} });
const check = (text: string) => checkShape(read(`version: 1\nentity: Customer\n${text}`), validate);
const messagesOf = (text: string) => check(text).problems.map(({ message, hint }) => [message, hint]);

describe("a problem in the shape of a spec", () => {
  it.each([
    ["page_size: many", "page_size must be integer", "for example `page_size: 1000`"],
    ["cursor: 7", "cursor must be string or null", "for example `cursor: MetaData.LastUpdatedTime`"],
    ["window: year", "window must be one of hour, day, week, month", "for example `window: day`"],
    ["tags: [a, a]", "tags contains the same value twice", "for example `tags: [list, master]`"],
    ["page_size: 0", "page_size must be at least 1", "for example `page_size: 1000`"],
    ["page_size: 1001", "page_size must be at most 1000", "for example `page_size: 1000`"],
    [
      "table: customers",
      "table must be schema.table, with only lower-case letters, digits and _",
      "for example `table: raw.qb_customers`",
    ],
    [
      "freshness: { warn_after: { count: 0, period: day } }",
      "freshness.warn_after.count must be at least 1",
      "for example `freshness: { warn_after: { count: 1, period: day } }`",
    ],
    [
      "freshness: { warn_after: { count: 1 } }",
      'the key "period" is missing',
      "for example `freshness: { warn_after: { count: 1, period: day } }`",
    ],
    ["wndow: day", 'unknown key "wndow"', 'did you mean "window"?'],
    [
      "templates: { page: 7 }",
      "templates.page must be string",
      "the keys are described in docs/spec-format.md",
    ],
  ])("has a message and a hint: %s", (text, message, hint) => {
    expect(messagesOf(text)).toEqual([[message, hint]]);
  });

  it.each(Object.values(EXAMPLES))("never has a hint with an invalid example: %s", (example) => {
    const [key = ""] = example.split(":");
    const written = `version: 1\nentity: Customer\n`.replace(new RegExp(`^${key}:.*\n`, "m"), "");
    expect(checkShape(read(`${written}${example}\n`), validate).problems).toEqual([]);
  });

  it("is never caused by a default", () => {
    expect(validate({ version: 1, entity: "Customer", ...DEFAULTS })).toBe(true);
  });

  it("is found in a project's defaults by the same rules as in a spec", () => {
    const { problems } = checkShape(
      read("version: 1\ndefaults: { page_size: 0, window: year }"),
      validateProject,
    );
    expect(problems.map(({ message, hint }) => [message, hint])).toEqual([
      ["defaults.window must be one of hour, day, week, month", "for example `window: day`"],
      ["defaults.page_size must be at least 1", "for example `page_size: 1000`"],
    ]);
  });

  it("names the index in a list", () => {
    expect(messagesOf("tags: [a, 7]")[0]?.[0]).toBe("tags[1] must be string");
    expect(messagesOf("tags: ['A b']")[0]?.[0]).toMatch(/^tags\[0\] must match /);
  });

  it("lists all keys if none is similar", () => {
    const [[message, hint = ""] = []] = messagesOf("zzzzzzzz: 1");
    expect(message).toBe('unknown key "zzzzzzzz"');
    expect(hint).toMatch(/^known keys are version, entity, .*description/);
  });

  it.each([
    ["[]", "a spec must be a map of keys and values"],
    ["text", "a spec must be a map of keys and values"],
    ["", "a spec must be a map of keys and values"],
    ["entity: Customer", 'the key "version" is missing'],
    ["version: 2\nentity: Customer", "version must be 1"],
  ])("is reported for the whole file: %j", (text, message) => {
    const { problems, written } = checkShape(read(text), validate);
    expect(problems.map((problem) => problem.message)).toEqual([message]);
    expect(written).toBeUndefined();
  });

  it("leaves the valid keys to be checked further", () => {
    const soundOf = (text: string) => {
      const shape = check(text);
      return shape.written === undefined ? shape.sound : "nothing is wrong";
    };
    expect(soundOf("page_size: 10")).toBe("nothing is wrong");
    expect(soundOf("page_size: 0\nwnidow: day\ntags: [a, 7]\nlookback: 2")).toEqual({
      version: 1,
      entity: "Customer",
      lookback: 2,
    });
    const whole = checkShape(read("version: 3\nentity: Customer\n"), validate);
    expect(whole.written === undefined && whole.sound).toEqual({ version: 1, entity: "Customer" });
    const none = checkShape(read("version: 1\nentity: 7\n"), validate);
    expect(none.written === undefined && none.sound).toBeUndefined();
    const list = checkShape(read("[1]"), validate);
    expect(list.written === undefined && list.sound).toBeUndefined();
  });

  it("is reported at its place, even in a key with unusual characters", () => {
    const { problems } = checkShape(read("version: 1\nvars: {}\na/b~c: 1\n"), validateProject);
    expect(problems).toMatchObject([
      { code: "schema/unknown-key", severity: "error", line: 3, column: 1, length: 5, file: "x.yml" },
    ]);
  });
});
