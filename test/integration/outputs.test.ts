import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, eventsOf, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { expectAsDescribed } from "../support/outputs-page.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;
const command = (...args: string[]) =>
  qbo(args, { cwd: folder.path, env: { ...settingsOf(simulator), ...database.env } });
const written = (name: string) => JSON.parse(readFileSync(join(folder.path, "target", name), "utf8"));
const RANGE = ["--from", "2026-01-01", "--to", "2026-01-31"];
const artifacts: Record<string, object[]> = { "run_results.json": [], "manifest.json": [] };

beforeAll(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
  const loaded = await command("run", "customers", ...RANGE);
  expect(loaded.exitCode).toBe(0);
  for (const [name, found] of Object.entries(artifacts)) found.push(written(name));
  // A table that takes no record: the entity fails.
  await database.rows("truncate raw.qb_customers");
  await database.rows("alter table raw.qb_customers add constraint takes_nothing check (false)");
  const failed = await command("run", "customers", ...RANGE, "--log-format", "json");
  expect(failed.exitCode).toBe(1);
  expect(eventsOf(failed).at(-1)).toMatchObject({ type: "summary", status: "error" });
  for (const [name, found] of Object.entries(artifacts)) found.push(written(name));
  await database.rows("alter table raw.qb_customers drop constraint takes_nothing");
  expect(await command("run", "customers", ...RANGE)).toMatchObject({ exitCode: 0 });
  await database.rows("delete from raw.qb_customers where id = (select min(id) from raw.qb_customers)");
});
afterAll(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

describe("docs/outputs.md", () => {
  it.each([
    ["qbo plan --output json", ["plan", "customers", ...RANGE, "--output", "json"]],
    ["qbo show --output json", ["show", "customers", "--output", "json"]],
    ["qbo status --output json", ["status", "--output", "json"]],
    ["qbo auth status --output json", ["auth", "status", "--output", "json"]],
    ["qbo test --format json", ["test", "customers", "--format", "json"]],
  ])("has the keys of %s", async (heading, args) => {
    const { stdout } = await command(...args);
    expectAsDescribed(heading, JSON.parse(stdout));
  });

  it.each(Object.keys(artifacts))("has the keys of target/%s", (name) => {
    expectAsDescribed(`target/${name}`, ...(artifacts[name] ?? []));
  });
});
