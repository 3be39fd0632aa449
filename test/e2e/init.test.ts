import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";

let folder: Folder;
beforeEach(() => {
  folder = createFolder({ withEntities: false });
});
afterEach(() => folder.remove());

const read = (path: string): string => readFileSync(join(folder.path, path), "utf8");

it("creates a project with the whole catalogue that is valid immediately", async () => {
  expect(await qbo(["init", "books"], { cwd: folder.path })).toMatchObject({ exitCode: 0 });
  const cwd = join(folder.path, "books");
  const { stdout, exitCode } = await qbo(["validate"], { cwd });
  expect(stdout).toBe(`${readdirSync(join(ROOT, "entities")).length} specs checked: 0 errors, 0 warnings\n`);
  expect(exitCode).toBe(0);
  expect(existsSync(join(cwd, "templates"))).toBe(false);
});

it("points editors to schemas that exist", async () => {
  await qbo(["init"], { cwd: folder.path });
  const [line = ""] = read("entities/bills.yml").split("\n");
  const path = /^# yaml-language-server: \$schema=(.+)$/.exec(line)?.[1] ?? "";
  const published = JSON.parse(readFileSync(join(ROOT, "runner/spec/entity.schema.json"), "utf8"));
  expect(JSON.parse(read(join("entities", path)))).toEqual(published);
  const settings = JSON.parse(read(".vscode/settings.json"));
  const schemas = Object.keys(settings["yaml.schemas"]);
  expect(schemas.map((schema) => existsSync(join(folder.path, schema)))).toEqual([true, true]);
  expect(JSON.parse(read(".vscode/extensions.json")).recommendations).toEqual(["redhat.vscode-yaml"]);
});

it("brings editors everything that the schema of qbo.yml refers to", async () => {
  await qbo(["init"], { cwd: folder.path });
  const text = read(".vscode/project.schema.json");
  const references = [...text.matchAll(/"\$ref": "([^"]*)"/g)].map((match) => match[1] ?? "");
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references) {
    const [file = "", path = ""] = reference.split("#/");
    const found = path
      .split("/")
      .reduce((schema, key) => schema?.[key], JSON.parse(read(join(".vscode", file))));
    expect(found, reference).toHaveProperty("description");
  }
});

it("writes a workflow that validates, and keeps secrets out of the repository", async () => {
  await qbo(["init"], { cwd: folder.path });
  const workflow = parse(read(".github/workflows/qbo.yml"));
  const commands = Object.values<{ steps: { run?: string }[] }>(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => run ?? []),
  );
  expect(commands).toContain("npx --yes qbo validate --format github");
  expect(read(".gitignore").split("\n")).toContain(".env");
  expect(read(".env.example")).toMatch(/^QBO_CLIENT_SECRET=$/m);
});

it("overwrites no file", async () => {
  writeFileSync(join(folder.path, "qbo.yml"), "version: 1\n# mine\n");
  const first = await qbo(["init", "--templates"], { cwd: folder.path });
  expect(first.stdout).toContain("kept     qbo.yml");
  expect(read("qbo.yml")).toBe("version: 1\n# mine\n");
  expect(read("templates/table.sql.hbs")).toBe(readFileSync(join(ROOT, "templates/table.sql.hbs"), "utf8"));
  const second = await qbo(["init", "--templates"], { cwd: folder.path });
  expect(second.stdout).not.toContain("created");
});
