import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, eventsOf, type Folder, qbo, ROOT } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { startProxy } from "../support/proxy.ts";
import { queriesOf, type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

beforeEach(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
});
afterEach(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

const env = () => ({ ...settingsOf(simulator), ...database.env });
const command = (...args: string[]) => qbo(args, { cwd: folder.path, env: env() });
const run = (...args: string[]) => command("run", ...args);
const through = (url: string, ...args: string[]) =>
  qbo(args, { cwd: folder.path, env: { ...env(), QBO_API_URL: url } });
const JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"];

interface SourceRecord {
  readonly Id: string;
  readonly MetaData: { readonly LastUpdatedTime: string };
}

async function recordsOf(entity: string): Promise<SourceRecord[]> {
  return JSON.parse(await (await fetch(`${simulator.controlUrl}/records/${entity}`)).text()).records;
}

/** The ids of a month that RAW lacks, and with `+` those that only RAW has. */
async function differences(entity: string, table: string): Promise<string[]> {
  const source = (await recordsOf(entity))
    .filter(({ MetaData }) => {
      const at = Date.parse(MetaData.LastUpdatedTime);
      return at >= Date.UTC(2026, 0, 1) && at < Date.UTC(2026, 0, 31);
    })
    .map(({ Id }) => Id);
  const stored = (await database.rows<{ id: string }>(`select id from ${table}`)).map(({ id }) => id);
  return [
    ...source.filter((id) => !stored.includes(id)),
    ...stored.filter((id) => !source.includes(id)).map((id) => `+${id}`),
  ];
}

const writeSpec = (name: string, text: string): void =>
  writeFileSync(join(folder.path, "entities", name), `version: 1\n${text}`);

describe("seals of a table that is not what the ledger says", () => {
  /** Kills a run with SIGKILL while it asks for its proof. Everything is then sealed, and nothing is proven. */
  async function killBeforeProof(): Promise<void> {
    simulator.control.addFault({
      match: { route: "query", entity: "Invoice", count: true },
      fault: "delay",
      delayMs: 20_000,
    });
    const child = execa(
      process.execPath,
      [join(ROOT, "runner", "bin.ts"), "run", "invoices", ...JANUARY, "--page-size", "10"],
      {
        cwd: folder.path,
        extendEnv: false,
        reject: false,
        env: { PATH: process.env["PATH"] ?? "", ...env() },
      },
    );
    while (!queriesOf(simulator).some((statement) => /count\(\*\)/.test(statement)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await child;
    simulator.control.clearFaults();
    expect(await database.rows("select 1 from qbo.windows where source_count is not null")).toEqual([]);
  }

  const ways = [
    "drop table raw.qb_invoices",
    "truncate raw.qb_invoices",
    "delete from raw.qb_invoices where id > '5'",
  ];
  const commands = [["run", ...JANUARY], ["run", "--only-missing", ...JANUARY], ["run"], ["retry"]];
  it.each(ways.flatMap((way) => commands.map((args) => [way, args] as const)))(
    "do not count after a kill and %s: %j reads everything again",
    async (way, [verb = "", ...args]) => {
      await killBeforeProof();
      await database.rows(way);
      const { exitCode } = await command(verb, ...(verb === "run" ? ["invoices"] : []), ...args);
      expect(exitCode).toBe(0);
      expect(await missingOf("Invoice", "raw.qb_invoices")).toEqual([]);
      const test = await command("test", "invoices", ...JANUARY);
      expect(test.stdout).toContain("invoices.records");
      expect(test.exitCode).toBe(0);
    },
    30_000,
  );

  /** A run without a range continues to the present, which includes more than the month. */
  const missingOf = async (entity: string, table: string): Promise<string[]> =>
    (await differences(entity, table)).filter((id) => !id.startsWith("+"));

  it.each(["truncate raw.qb_customers", "drop table raw.qb_customers"])(
    "do not count after they were proven and %s",
    async (way) => {
      await run("customers", ...JANUARY);
      await database.rows(way);
      const { exitCode, stderr } = await run("customers", ...JANUARY, "--only-missing");
      expect(stderr).toMatch(
        /raw\.qb_customers (holds 0 rows but the ledger says 22|no longer exists, and with it 22 rows)/,
      );
      expect(exitCode).toBe(0);
      expect(await differences("Customer", "raw.qb_customers")).toEqual([]);
      expect((await command("retry")).stderr).toContain("Found 0 entities");
    },
  );

  it("are not shown by status if the table was truncated", async () => {
    await run("customers", ...JANUARY);
    await database.rows("truncate raw.qb_customers");
    const { stdout } = await command("status", "--output", "json");
    const [table] = JSON.parse(stdout).tables;
    expect(table).toMatchObject({ rows: 0, known_rows: 22, sealed: 0, unproven: 30, covered_to_utc: null });
    expect(table.days.every(({ status }: { status: string }) => status === "unproven")).toBe(true);
    expect((await command("status")).stdout).toContain("0 (expected 22)");
  });

  it("do not count if the table contains the same number of other rows", async () => {
    await run("customers", ...JANUARY);
    await database.rows(
      "update raw.qb_customers set id = 'x' || id where id = (select min(id) from raw.qb_customers)",
    );
    const { stderr } = await run("customers", ...JANUARY, "--only-missing");
    expect(stderr).toContain("raw.qb_customers holds different rows from those that were loaded");
    expect(await missingOf("Customer", "raw.qb_customers")).toEqual([]);
  });

  it("fail the check at the end of a run whose table was truncated meanwhile", async () => {
    simulator.control.addFault({
      match: { route: "query", entity: "Invoice", count: true },
      fault: "delay",
      delayMs: 2000,
    });
    const running = run("invoices", ...JANUARY, "--page-size", "10");
    while (!queriesOf(simulator).some((statement) => /count\(\*\)/.test(statement)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await database.rows("truncate raw.qb_invoices");
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[TABLE_CHANGED] raw.qb_invoices holds 0 rows but the ledger says");
    simulator.control.clearFaults();
    expect((await command("retry")).exitCode).toBe(0);
    expect(await differences("Invoice", "raw.qb_invoices")).toEqual([]);
  });

  it("survive changes that do not matter: vacuum full, an index, another schema", async () => {
    await run("customers", ...JANUARY);
    await database.rows("vacuum full raw.qb_customers");
    await database.rows("create index on raw.qb_customers ((payload ->> 'DisplayName'))");
    const again = await run("customers", ...JANUARY, "--only-missing");
    expect(again.stderr).toContain("Nothing is left to read");
  });

  it("of an older ledger are proven by a count and not read again", async () => {
    await run("customers", ...JANUARY);
    await database.rows("drop table qbo.tables, qbo.rejected");
    await database.rows("delete from qbo.migrations where version = 2");
    simulator.control.clearRequests();
    // A command that writes first migrates the ledger to this version.
    expect((await run("items", ...JANUARY)).exitCode).toBe(0);
    simulator.control.clearRequests();
    expect((await run("customers", ...JANUARY, "--only-missing")).exitCode).toBe(0);
    expect(queriesOf(simulator)).toEqual([expect.stringMatching(/count\(\*\) from Customer/)]);
  });
});

describe("a table belongs to one entity, one query, one company", () => {
  it("refuses a copied spec whose table was not changed, in validate and in run", async () => {
    await run("customers", ...JANUARY);
    writeSpec("vendors.yml", "entity: Vendor\ntable: raw.qb_customers\n");
    for (const args of [
      ["validate", "vendors"],
      ["validate", "entities/vendors.yml"],
      ["run", "vendors", ...JANUARY],
    ]) {
      const { exitCode, stdout, stderr } = await command(...args);
      expect(exitCode).toBe(2);
      expect(stdout + stderr).toContain("raw.qb_customers is the usual name for the table of Customer");
    }
    expect(await differences("Customer", "raw.qb_customers")).toEqual([]);
  });

  it("refuses the table of another spec that is not selected", async () => {
    writeSpec("customers.yml", "entity: Customer\ntable: raw.people\n");
    writeSpec("vendors.yml", "entity: Vendor\ntable: raw.people\n");
    for (const spec of ["vendors", "entities/vendors.yml"]) {
      const { exitCode, stdout } = await command("validate", spec);
      expect(exitCode).toBe(2);
      expect(stdout).toContain("raw.people is already the table of entities/customers.yml");
    }
  });

  it("refuses another entity even if the files allow it", async () => {
    writeSpec("customers.yml", "entity: Customer\ntable: raw.people\n");
    await run("customers", ...JANUARY);
    writeSpec("customers.yml", "entity: Vendor\ntable: raw.people\n");
    const { exitCode, stderr } = await run("customers", ...JANUARY);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[TABLE_MISMATCH] the table raw.people holds Customer of the realm");
    expect((await command("test", "customers")).stdout).toContain("raw.people holds Customer of the realm");
  });

  it("starts over if the query asks for something else, and says so", async () => {
    writeSpec("customers.yml", "entity: Customer\nquery: select * from Customer where Active = true\n");
    await run("customers", ...JANUARY);
    const before = await differences("Customer", "raw.qb_customers");
    expect(before.length).toBeGreaterThan(0);
    writeSpec(
      "customers.yml",
      "entity: Customer\nquery: select * from Customer where Active in (true, false)\n",
    );
    const { exitCode, stderr } = await run("customers", ...JANUARY, "--only-missing");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("customers.yml no longer asks for what raw.qb_customers was loaded with");
    expect(await differences("Customer", "raw.qb_customers")).toEqual([]);
    writeSpec(
      "customers.yml",
      "entity: Customer\nquery: select *   from Customer\n  where Active in (true, false)\n",
    );
    expect((await run("customers", ...JANUARY, "--only-missing")).stderr).toContain(
      "Nothing is left to read",
    );
  });

  it("refuses another key for ids that were made from the old one", async () => {
    await run("customers", ...JANUARY);
    writeSpec("customers.yml", "entity: Customer\nkey: [DisplayName]\n");
    const { exitCode, stderr } = await run("customers", ...JANUARY);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the ids in raw.qb_customers come from the key [Id]");
  });

  it("does not use the rows of one environment to test another", async () => {
    await run("customers", ...JANUARY);
    const { exitCode, stdout } = await qbo(["test", "customers"], {
      cwd: folder.path,
      env: { ...env(), QBO_ENV: "prod" },
    });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /ERROR 1\] the table raw\.qb_customers holds Customer of the realm \d+ \(simulator\)/,
    );
  });
});

describe("qbo test compares records, not numbers", () => {
  const resultOf = async (...args: string[]) => {
    const { stdout, exitCode } = await command("test", "customers", "--format", "json", ...args);
    const found = JSON.parse(stdout).results.find(({ name }: { name: string }) => /\.records$/.test(name));
    return { exitCode, result: found };
  };

  it("fails for days that were never read", async () => {
    await run("customers", "--from", "2026-01-01", "--to", "2026-01-10");
    const { exitCode, result } = await resultOf(...JANUARY);
    expect(exitCode).toBe(1);
    const missing = (await differences("Customer", "raw.qb_customers")).toSorted();
    expect(missing.length).toBeGreaterThan(0);
    expect(result.records.missing.toSorted()).toEqual(missing);
    expect(result.hint).toMatch(/qbo run customers --from 2026-01-\d\d --to 2026-01-\d\d/);
  });

  it("fails for windows that failed, without being given the range", async () => {
    simulator.control.addFault({ match: { route: "query", entity: "Customer" }, skip: 2, fault: "403" });
    await run("customers", ...JANUARY, "--page-size", "5");
    simulator.control.clearFaults();
    await database.rows(
      "update qbo.windows set status = 'sealed', source_count = rows where window_start_utc > '2026-01-29'",
    );
    const { exitCode, result } = await resultOf();
    expect(exitCode).toBe(1);
    expect(result.status).toBe("fail");
  });

  it("sees one missing and one extra record although the numbers agree", async () => {
    await run("customers", ...JANUARY);
    const [first, second] = (
      await database.rows<{ id: string }>("select id from raw.qb_customers order by id")
    ).map(({ id }) => id);
    await database.rows("delete from raw.qb_customers where id = $1", [first]);
    simulator.control.run({ action: "delete", entity: "Customer", id: second });
    const { exitCode, result } = await resultOf();
    expect(exitCode).toBe(1);
    expect(result.records).toEqual({ missing: [first], different: [], gone: [second], changed: [] });
    expect((await command("test", "customers", "--quick")).exitCode).toBe(0);
  });

  it("warns only about what has changed since", async () => {
    await run("customers", ...JANUARY);
    const [row] = await database.rows<{ id: string }>("select id from raw.qb_customers order by id");
    simulator.control.run({ action: "touch", entity: "Customer", id: row?.id });
    const { exitCode, result } = await resultOf();
    expect(exitCode).toBe(0);
    expect(result).toMatchObject({ status: "warn", records: { changed: [row?.id], missing: [], gone: [] } });
  });

  it("lists whole pages if the API refuses to project or leaves fields out", async () => {
    await run("customers", ...JANUARY);
    for (const alter of [
      (text: string) => text.replaceAll(/"MetaData":\{"LastUpdatedTime":"[^"]*"\}/g, '"X":1'),
      (text: string) =>
        text.includes('"sparse":true')
          ? '{"Fault":{"Error":[{"Message":"Invalid query","Detail":"QueryValidationError: x","code":"4001"}],"type":"ValidationFault"}}'
          : text,
    ]) {
      const proxy = await startProxy(simulator.url, alter);
      const { stdout } = await through(proxy.url, "test", "customers");
      await proxy.close();
      expect(stdout).toContain("22 records match the source");
    }
  });

  it("does not treat a listing that was cut short as complete", async () => {
    await run("customers", ...JANUARY);
    await database.rows("delete from raw.qb_customers where id <> (select min(id) from raw.qb_customers)");
    const proxy = await startProxy(simulator.url, (text) => {
      const answer = JSON.parse(text);
      const customers = answer.QueryResponse?.Customer;
      return customers === undefined
        ? text
        : JSON.stringify({
            ...answer,
            QueryResponse: { ...answer.QueryResponse, Customer: customers.slice(0, 1) },
          });
    });
    const { exitCode, stdout } = await through(proxy.url, "test", "customers");
    await proxy.close();
    expect(exitCode).toBe(1);
    expect(stdout).toContain("the source counts 22 records, but lists only 1");
  });
});

describe("changes from outside", () => {
  it("a cursor that moves back is followed", async () => {
    await run("customers", ...JANUARY);
    const [row] = await database.rows<{ id: string; at: Date }>(
      "select id from raw.qb_customers order by extract_window_start_utc desc",
    );
    simulator.control.run({
      action: "edit",
      entity: "Customer",
      id: row?.id,
      at: "2026-01-02T12:00:00-08:00",
      set: { Notes: "moved back" },
    });
    const { exitCode, stderr } = await run("customers", ...JANUARY);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("1 updated");
    expect(
      await database.rows("select payload ->> 'Notes' as notes from raw.qb_customers where id = $1", [
        row?.id,
      ]),
    ).toEqual([{ notes: "moved back" }]);
  });

  it("a snapshot is complete although one record is deleted and one created between its two pages", async () => {
    writeSpec("customers.yml", "entity: Customer\ncursor: null\n");
    const all = await recordsOf("Customer");
    const byName = (await command("show", "customers", "--limit", "1", "--output", "json")).stdout;
    const first = JSON.parse(byName).answer.QueryResponse.Customer[0].Id;
    simulator.control.addMutation({
      after: 1,
      entity: "Customer",
      actions: [
        { action: "delete", entity: "Customer", id: first },
        { action: "insert", entity: "Customer", records: [{ DisplayName: "Zz", Active: true, Id: "99999" }] },
      ].map((action) => JSON.stringify(action)),
    });
    const { exitCode } = await run("customers", "--page-size", "25");
    expect(exitCode).toBe(0);
    const held = (await database.rows<{ id: string }>("select id from raw.qb_customers")).map(({ id }) => id);
    const source = (await recordsOf("Customer")).map(({ Id }) => Id);
    expect(source).toHaveLength(all.length);
    expect(source.filter((id) => !held.includes(id))).toEqual([]);
  });

  it("a trigger that drops rows makes the run fail", async () => {
    await run("customers", "--from", "2026-01-01", "--to", "2026-01-02");
    await database.rows(`create function raw.drop_some() returns trigger language plpgsql as
      $$ begin if new.id::int % 2 = 0 then return null; end if; return new; end $$`);
    await database.rows(
      "create trigger t before insert on raw.qb_customers for each row execute function raw.drop_some()",
    );
    const { exitCode, stderr } = await run("customers", ...JANUARY);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error\[ROWS_DISCARDED\] raw\.qb_customers did not keep \d+ records? of a page/);
  });

  it.each(["CustomerType", "ExchangeRate"])(
    "an entity that the API does not count is proven: %s",
    async (entity) => {
      simulator.control.addFault({ match: { route: "query", entity, count: true }, fault: "4002" });
      const ran = await run(
        entity === "CustomerType" ? "customer_types" : "exchange_rates",
        "--from",
        "2025-06-01",
        "--to",
        "2026-03-01",
        "--log-format",
        "json",
      );
      expect(eventsOf(ran).at(-1)).toMatchObject({ status: "success" });
      const [window] = await database.rows<{ proven: boolean }>(
        "select bool_and(source_count is not null) as proven from qbo.windows",
      );
      expect(window?.proven).toBe(true);
    },
  );

  it("an entity that the API does not count is not proven by pages that are cut short", async () => {
    const refused =
      '{"Fault":{"Error":[{"Message":"Error processing query","Detail":"QueryProcessingError: pl implement count query","code":"4002"}],"type":"ValidationFault"}}';
    const proxy = await startProxy(simulator.url, (text) => {
      const answer = JSON.parse(text);
      if (answer.QueryResponse?.totalCount !== undefined) return refused;
      const customers = answer.QueryResponse?.Customer;
      if (customers === undefined) return text;
      return JSON.stringify({ ...answer, QueryResponse: { Customer: customers.slice(0, 3) } });
    });
    const { exitCode, stderr } = await through(proxy.url, "run", "customers", ...JANUARY);
    await proxy.close();
    expect(exitCode === 1 || (await differences("Customer", "raw.qb_customers")).length === 0).toBe(true);
    expect(stderr).not.toContain("This is a bug");
  });

  it("an entity that was there before is reported as missing and not skipped", async () => {
    const BOOKS = ["--from", "2025-06-01", "--to", "2026-03-01"];
    expect((await run("budgets", ...BOOKS)).exitCode).toBe(0);
    simulator.control.addFault({ match: { route: "query", entity: "Budget" }, fault: "no-entity" });
    const { exitCode, stderr } = await run("budgets", ...BOOKS);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[QBO_NOT_AVAILABLE]");
  });
});

describe("a record that PostgreSQL cannot hold", () => {
  it("does not affect a neighbour with characters that are kept as text", async () => {
    const [victim, neighbour] = (await recordsOf("Customer")).filter(({ MetaData }) =>
      MetaData.LastUpdatedTime.startsWith("2026-01-1"),
    );
    const proxy = await startProxy(simulator.url, (text) =>
      text
        .replace(`"Id":"${victim?.Id}"`, `"Balance":1e200000,"Id":"${victim?.Id}"`)
        .replace(`"Id":"${neighbour?.Id}"`, `"Notes":"a\\u0000b\\ud800c","Id":"${neighbour?.Id}"`),
    );
    const { stderr } = await through(proxy.url, "run", "customers", ...JANUARY);
    await proxy.close();
    expect(stderr).toContain(`Customer ${neighbour?.Id} holds characters that PostgreSQL cannot store`);
    expect(await differences("Customer", "raw.qb_customers")).toEqual([victim?.Id]);
    expect(await database.rows("select id from qbo.rejected")).toEqual([{ id: victim?.Id }]);
    const [row] = await database.rows<{ notes: string }>(
      "select payload ->> 'Notes' as notes from raw.qb_customers where id = $1",
      [neighbour?.Id],
    );
    expect(row?.notes).toBe("a\\u0000b\\ud800c");
  });

  it.each([
    ["a number beyond every limit", '"Balance":1e200000'],
    ["twenty thousand levels", `"Deep":${"[".repeat(20_000)}${"]".repeat(20_000)}`],
  ])("is kept as text while all others are loaded: %s", async (_, member) => {
    const [victim] = (await recordsOf("Customer")).filter(({ MetaData }) =>
      MetaData.LastUpdatedTime.startsWith("2026-01-1"),
    );
    let isMended = false;
    const proxy = await startProxy(simulator.url, (text) =>
      isMended ? text : text.replace(`"Id":"${victim?.Id}"`, `${member},"Id":"${victim?.Id}"`),
    );
    const failed = await through(proxy.url, "run", "customers", ...JANUARY);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain(
      `error[RECORD_REJECTED] Customer ${victim?.Id} cannot be stored by PostgreSQL: `,
    );
    expect(await differences("Customer", "raw.qb_customers")).toEqual([victim?.Id]);
    const [kept] = await database.rows<{ id: string; payload: string; reason: string }>(
      "select id, payload, reason from qbo.rejected",
    );
    expect(kept).toMatchObject({ id: victim?.Id, reason: expect.stringContaining("cannot be stored") });
    expect(kept?.payload).toContain(member.slice(0, 20));
    expect(await database.rows("select status from qbo.windows where status <> 'sealed'")).toEqual([
      { status: "failed" },
    ]);
    const results = JSON.parse(readFileSync(join(folder.path, "target", "run_results.json"), "utf8"));
    expect(results.totals).toMatchObject({ rejected: 1, rows: 21 });
    isMended = true;
    const healed = await through(proxy.url, "retry");
    await proxy.close();
    expect(healed.exitCode).toBe(0);
    expect(await differences("Customer", "raw.qb_customers")).toEqual([]);
    expect(await database.rows("select 1 from qbo.rejected")).toEqual([]);
  });
});
