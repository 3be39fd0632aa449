import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";

const PAGE = readFileSync(join(ROOT, "docs/add-an-entity.md"), "utf8");
const SPEC = /`(entities\/[a-z]+\.yml)`:\s+```yaml\n([\s\S]*?)```/.exec(PAGE);
const COMMANDS = [...PAGE.matchAll(/^ *qbo (.+)$/gm)].map(([, args = ""]) => args.split(" "));

let folder: Folder;
beforeEach(() => {
  folder = createFolder({ withEntities: false });
});
afterEach(async () => {
  await qbo(["postgres", "stop"], { cwd: folder.path });
  folder.remove();
});

it("can be followed literally and loads what it says", async () => {
  const [, file = "", indented = ""] = SPEC ?? [];
  mkdirSync(dirname(join(folder.path, file)), { recursive: true });
  writeFileSync(join(folder.path, file), indented.replaceAll(/^ {3}/gm, ""));
  const told = new Map<string, string>();
  for (const args of COMMANDS) {
    const { exitCode, stdout, stderr } = await qbo(args, { cwd: folder.path });
    expect(`${args[0]} ${exitCode}\n${stderr}`).toContain(`${args[0]} 0\n`);
    told.set(args[0] ?? "", stdout + stderr);
  }
  expect([...told.keys()]).toEqual(["validate", "show", "compile", "run", "test"]);
  expect(told.get("validate")).toBe("1 spec checked: 0 errors, 0 warnings\n");
  expect(told.get("run")).toMatch(/OK loaded entity raw\.transfers .*[1-9]\d* inserted/);
  expect(told.get("test")).toContain("ERROR=0");
});

it("names only keys that exist in the format", () => {
  const schema = JSON.parse(readFileSync(join(ROOT, "runner/spec/entity.schema.json"), "utf8"));
  const [, table = ""] = PAGE.split("## Where");
  const keys = [...table.matchAll(/`([a-z_]+):/g)].map(([, key = ""]) => key);
  expect(keys.length).toBeGreaterThan(8);
  expect(keys.filter((key) => !Object.hasOwn(schema.properties, key))).toEqual([]);
});
