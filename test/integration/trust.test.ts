import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { queriesOf, type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

beforeEach(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
  await command("run", "customers", "--from", "2026-01-01", "--to", "2026-01-31");
  simulator.control.clearRequests();
});
afterEach(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

const command = (...args: string[]) =>
  qbo(args, { cwd: folder.path, env: { ...settingsOf(simulator), ...database.env } });
const resultsOf = async (...args: string[]) => {
  const { stdout, exitCode } = await command("test", "customers", "--format", "json", ...args);
  const { results } = JSON.parse(stdout);
  return {
    exitCode,
    byName: Object.fromEntries(results.map((result: { name: string }) => [result.name, result])),
  };
};

describe("qbo test", () => {
  it("passes with two calls if RAW agrees with the source: a list, and a count that shows that it is complete", async () => {
    const { exitCode, byName } = await resultsOf();
    expect(exitCode).toBe(0);
    expect(byName).toMatchObject({
      "customers.records": { status: "pass", message: "22 records match the source" },
      "customers.integrity": { status: "pass" },
      "customers.coverage": { status: "pass" },
    });
    expect(queriesOf(simulator)).toHaveLength(2);
  });

  it("with --quick, names the windows whose counts differ and finds them by halving", async () => {
    const [row] = await database.rows<{ id: string; day: string }>(
      "select id, to_char(extract_window_start_utc at time zone 'UTC', 'YYYY-MM-DD') as day from raw.qb_customers order by id limit 1",
    );
    await database.rows("delete from raw.qb_customers where id = $1", [row?.id]);
    const { exitCode, byName } = await resultsOf("--quick");
    expect(exitCode).toBe(1);
    expect(byName["customers.counts"]).toMatchObject({ status: "fail", failures: 1 });
    expect(byName["customers.counts"].message).toContain(`${row?.day}T00:00:00Z: `);
    expect(byName["customers.counts"].hint).toContain("names the records");
    expect(queriesOf(simulator).length).toBeLessThan(15);
  });

  it("finds rows that something else has written", async () => {
    await database.rows(
      "update raw.qb_customers set id = 'x' || id, page_size = null where id = (select min(id) from raw.qb_customers)",
    );
    const { byName } = await resultsOf();
    expect(byName["customers.integrity"]).toMatchObject({ status: "fail", failures: 2 });
  });

  it("warns about gaps and about data that is not fresh", async () => {
    const freshness =
      "freshness:\n  warn_after: { count: 1, period: hour }\n  error_after: { count: 10000, period: day }\n";
    writeFileSync(
      join(folder.path, "entities", "customers.yml"),
      `version: 1\nentity: Customer\n${freshness}`,
    );
    await command("run", "customers", "--from", "2026-02-02", "--to", "2026-02-03");
    const { exitCode, byName } = await resultsOf();
    // There is a record in the gap.
    expect(exitCode).toBe(1);
    expect(byName["customers.records"]).toMatchObject({ status: "fail", failures: 1 });
    expect(byName["customers.coverage"]).toMatchObject({ status: "warn", failures: 1 });
    expect(byName["customers.freshness"]).toMatchObject({ status: "warn" });
    writeFileSync(
      join(folder.path, "entities", "customers.yml"),
      `version: 1\nentity: Customer\n${freshness.replace("10000", "1")}`,
    );
    expect((await resultsOf()).byName["customers.freshness"]).toMatchObject({ status: "fail" });
  });

  it("says what is not loaded", async () => {
    const { exitCode, stdout } = await command("test", "invoices");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("the table raw.qb_invoices does not exist");
  });

  it("has output formats for GitHub and JUnit", async () => {
    await database.rows("delete from raw.qb_customers where id = (select min(id) from raw.qb_customers)");
    const github = await command("test", "customers", "--format", "github");
    expect(github.stdout).toMatch(/^::error file=entities\/customers\.yml::customers\.records: /);
    const junit = await command("test", "customers", "--format", "junit");
    expect(junit.stdout).toContain('<testsuite name="qbo test" tests="3" failures="1" errors="0">');
    expect(junit.stdout).toContain(
      '<testcase classname="customers" name="customers.records">\n    <failure>',
    );
  });
});

describe("qbo status", () => {
  it("shows a calendar, the last run and the age of the token", async () => {
    const { stdout, exitCode } = await command("status");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/raw\.qb_customers\n {2}2026-01 {2}[■·]{30}\n/);
    expect(stdout).toMatch(/Last run: run [0-9a-f-]{36}, started \S+Z, ended \S+Z: success/);
    expect(stdout).toMatch(/Token: renewed \S+Z, \d+ days left/);
  });

  it("has a version in its JSON output", async () => {
    const { stdout } = await command("status", "--output", "json");
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      version: 1,
      tables: [{ table_name: "raw.qb_customers", rows: 22, sealed: 30 }],
      runs: [{ status: "success" }],
    });
    expect(found.tables[0].days).toHaveLength(30);
  });
});

describe("a range that is read again", () => {
  it("reports what was inserted, updated, unchanged and vanished", async () => {
    const ids = (
      await database.rows<{ id: string }>("select id from raw.qb_customers order by extract_window_start_utc")
    ).map(({ id }) => id);
    const [deleted, edited] = ids;
    simulator.control.run({ action: "delete", entity: "Customer", id: deleted });
    simulator.control.run({
      action: "edit",
      entity: "Customer",
      id: edited,
      at: "2026-01-20T12:00:00-08:00",
      set: { Notes: "changed" },
    });
    const metrics = join(folder.path, "qbo.prom");
    const { exitCode, stderr } = await command(
      "run",
      "customers",
      "--from",
      "2026-01-01",
      "--to",
      "2026-01-31",
      "--metrics-file",
      metrics,
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain("21 rows: 1 updated, 20 unchanged, 1 vanished");
    expect(stderr).toContain("1 record of Customer vanished from the window");
    const { totals, results } = JSON.parse(
      readFileSync(join(folder.path, "target", "run_results.json"), "utf8"),
    );
    expect(totals).toMatchObject({ rows: 21, inserted: 0, updated: 1, unchanged: 20, vanished: 1 });
    expect(
      results[0].windows.reduce((sum: number, window: { vanished: number }) => sum + window.vanished, 0),
    ).toBe(1);
    const text = readFileSync(metrics, "utf8");
    expect(text).toContain('qbo_entity_rows{entity="Customer",table="raw.qb_customers"} 21\n');
    expect(text).toContain('qbo_entity_vanished{entity="Customer",table="raw.qb_customers"} 1\n');
    expect(text).toContain("\nqbo_run_success 1\n");
  });

  it("accepts dbt's names for the range", async () => {
    const { exitCode, stderr } = await command(
      "run",
      "customers",
      "--event-time-start",
      "2026-01-01",
      "--event-time-end",
      "2026-01-31",
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain("22 rows: 22 unchanged");
    const both = await command(
      "run",
      "customers",
      "--from",
      "2026-01-01",
      "--event-time-start",
      "2026-01-01",
      "--to",
      "2026-01-31",
    );
    expect(both.exitCode).toBe(2);
  });

  it("stops at the first failure with --fail-fast", async () => {
    simulator.control.addFault({ match: { entity: "Customer", route: "query" }, fault: "4002" });
    const args = [
      "run",
      "customers",
      "items",
      "--from",
      "2026-01-01",
      "--to",
      "2026-01-31",
      "--threads",
      "1",
    ];
    expect((await command(...args, "--fail-fast")).stderr).toContain("SKIP=1 TOTAL=2");
    expect((await command(...args)).stderr).toContain("PASS=1");
  });
});

describe("selection in the way of dbt", () => {
  it("selects specs with --select and removes some with --exclude", async () => {
    const { stdout, exitCode } = await command("ls", "--select", "tag:list", "--exclude", "items accounts");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("customers");
    expect(stdout).not.toMatch(/^(items|accounts|invoices) /m);
    expect((await command("ls", "--select", "")).exitCode).toBe(2);
  });
});
