import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatSpecPage } from "../scripts/spec-page.ts";

const PAGES = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

it("has generated pages that are up to date", () => {
  const [spec, project]: unknown[] = ["entity", "project"].map((name) =>
    JSON.parse(readFileSync(`runner/spec/${name}.schema.json`, "utf8")),
  );
  expect(readFileSync("docs/spec-format.md", "utf8")).toBe(formatSpecPage(spec, project));
});

const TOP = /^(entities|templates|runner|simulator|mage|test|docs|scripts|\.ci)\//;

it.each(PAGES)("names only paths that exist in %s", (page) => {
  const text = readFileSync(page, "utf8");
  const named = [...text.matchAll(/`([\w./-]+)`/g)]
    .map((match) => match[1] ?? "")
    .filter((path) => TOP.test(path));
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

it.each(PAGES)("links only to files that exist in %s", (page) => {
  const text = readFileSync(page, "utf8");
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? "");
  const local = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(local.filter((link) => !existsSync(join(page, "..", link)))).toEqual([]);
});

it("has a section for every fact about the API that the code cites", () => {
  const page = readFileSync("docs/quickbooks-api.md", "utf8");
  const sections = new Set([...page.matchAll(/^##+ (\d+(?:\.\d+)?)/gm)].map((match) => match[1]));
  const files = ["runner", "simulator", "test", "templates", "entities"].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|hbs|yml|md)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const missing = files.flatMap((file) => {
    const text = readFileSync(file, "utf8").replaceAll(/\s*\n\s*\*?\s*/g, " ");
    return [...text.matchAll(/API facts, ((?:\d+(?:\.\d+)?(?:, | and | to )?)+)/g)]
      .flatMap((match) => match[1]?.match(/\d+(?:\.\d+)?/g) ?? [])
      .filter((cited) => !sections.has(cited))
      .map((cited) => `${file}: ${cited}`);
  });
  expect(missing).toEqual([]);
});
