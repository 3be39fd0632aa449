import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";
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
const JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"];

/** The ids of a month that the source has but RAW does not. */
async function missing(entity: string, table: string): Promise<string[]> {
  const { records } = JSON.parse(await (await fetch(`${simulator.controlUrl}/records/${entity}`)).text());
  const inRange = ({ MetaData }: { MetaData: { LastUpdatedTime: string } }) => {
    const at = Date.parse(MetaData.LastUpdatedTime);
    return at >= Date.UTC(2026, 0, 1) && at < Date.UTC(2026, 0, 31);
  };
  const stored = new Set(
    (await database.rows<{ id: string }>(`select id from ${table}`)).map(({ id }) => id),
  );
  return records
    .filter(inRange)
    .map(({ Id }: { Id: string }) => Id)
    .filter((id: string) => !stored.has(id));
}

/** QBO_KILLS=100 runs more of them. */
const KILLS = Number(process.env["QBO_KILLS"] ?? 12);

describe("retry", () => {
  it("reads only what the last run left over, and after that nothing", async () => {
    simulator.control.addFault({ match: { route: "query", entity: "Invoice" }, skip: 2, fault: "403" });
    expect(
      (await run("invoices", "customers", ...JANUARY, "--page-size", "5", "--threads", "1")).exitCode,
    ).toBe(1);
    simulator.control.clearFaults();
    simulator.control.clearRequests();
    const retried = await command("retry");
    expect(retried.exitCode).toBe(0);
    expect(queriesOf(simulator).every((statement) => /from Invoice/.test(statement))).toBe(true);
    expect(await missing("Invoice", "raw.qb_invoices")).toEqual([]);
    expect(await database.rows("select status from qbo.windows where status <> 'sealed'")).toEqual([]);
    const again = await command("retry");
    expect(again.stderr).toContain("Nothing is left to read");
    expect(again.exitCode).toBe(0);
  });

  it("says that there is nothing to retry", async () => {
    const { exitCode, stderr } = await command("retry");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[NOTHING_TO_RETRY] the ledger knows no run of this company");
  });

  it(
    "completes a run that was killed at any instant, and nothing was sealed before its rows were loaded",
    async () => {
      for (let round = 0; round < KILLS; round++) {
        await database.rows("drop schema if exists raw cascade");
        await database.rows("drop schema if exists qbo cascade");
        simulator.control.clearRequests();
        const argv = [
          `${ROOT}/runner/bin.ts`,
          "run",
          "invoices",
          "customers",
          ...JANUARY,
          "--page-size",
          "4",
        ];
        const child = execa(process.execPath, argv, { cwd: folder.path, env: env(), reject: false });
        await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 500));
        child.kill("SIGKILL");
        await child;
        // PostgreSQL may still be finishing what the process had begun.
        const busy = () =>
          database.rows(
            "select 1 from pg_stat_activity where application_name like 'qbo run%' and datname = current_database()",
          );
        await expect.poll(async () => (await busy()).length, { timeout: 10_000 }).toBe(0);
        for (const [entity, table] of [
          ["Invoice", "raw.qb_invoices"],
          ["Customer", "raw.qb_customers"],
        ] as const) {
          const unsealed = await sealedButMissing(entity, table);
          expect(unsealed).toEqual([]);
        }
        const retried = await command("retry");
        if (retried.stderr.includes("NOTHING_TO_RETRY")) {
          // The process was killed before the run was recorded, so the run has to be started again.
          expect((await run("invoices", "customers", ...JANUARY, "--page-size", "4")).exitCode).toBe(0);
        } else expect(retried.exitCode).toBe(0);
        expect(await missing("Invoice", "raw.qb_invoices")).toEqual([]);
        expect(await missing("Customer", "raw.qb_customers")).toEqual([]);
        expect(await database.rows("select status from qbo.windows where status <> 'sealed'")).toEqual([]);
      }
    },
    KILLS * 15_000,
  );

  /** Records that are in a sealed window but not in RAW. */
  async function sealedButMissing(entity: string, table: string): Promise<string[]> {
    const [there] = await database.rows(
      "select to_regclass('qbo.windows') is not null and to_regclass($1) is not null as there",
      [table],
    );
    if (there?.["there"] !== true) return [];
    const ids = await missing(entity, table);
    const { records } = JSON.parse(await (await fetch(`${simulator.controlUrl}/records/${entity}`)).text());
    const lost = records.filter(({ Id }: { Id: string }) => ids.includes(Id));
    const found: string[] = [];
    for (const { Id, MetaData } of lost) {
      const rows = await database.rows(
        "select 1 from qbo.windows where table_name = $1 and status = 'sealed' and $2::timestamptz >= window_start_utc and $2::timestamptz < window_end_utc",
        [table, MetaData.LastUpdatedTime],
      );
      if (rows.length > 0) found.push(Id);
    }
    return found;
  }
});

describe("a run that continues", () => {
  it("reads only the missing windows of a range, however the days were cut before", async () => {
    await run("customers", "--from", "2026-01-05T06:00:00Z", "--to", "2026-01-10T18:00:00Z");
    simulator.control.clearRequests();
    const { exitCode, stderr } = await run("customers", ...JANUARY, "--only-missing");
    expect(exitCode).toBe(0);
    const asked = queriesOf(simulator).filter((statement) => statement.startsWith("select *"));
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain("< '2026-01-05T06:00:00Z'");
    expect(asked[1]).toContain(">= '2026-01-10T18:00:00Z'");
    expect(stderr).toContain("Range 2026-01-01T00:00:00Z to 2026-01-31T00:00:00Z");
    expect(await missing("Customer", "raw.qb_customers")).toEqual([]);
    expect((await run("customers", ...JANUARY, "--only-missing")).stderr).toContain(
      "Nothing is left to read",
    );
  });

  it("continues from the last sealed window, minus the lookback, to the present", async () => {
    await run("customers", ...JANUARY);
    simulator.control.clearRequests();
    const { exitCode, stderr } = await run("customers");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Range 2026-01-30T00:00:00Z to ");
    const [newest] = await database.rows<{ status: string }>(
      "select status from qbo.windows order by window_start_utc desc limit 1",
    );
    expect(newest?.status).toBe("open");
    const again = await run("customers");
    expect(again.exitCode).toBe(0);
    expect(
      await database.rows("select count(*)::integer as open from qbo.windows where status = 'open'"),
    ).toEqual([{ open: 1 }]);
  });

  it("must be told where to begin the first time", async () => {
    const { exitCode, stderr } = await run("customers");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'error[USAGE] customers has no sealed window to continue from, and its spec has no "begin"',
    );
  });
});

describe("PostgreSQL that goes away", () => {
  it("ends the run with a message, and retry completes it", async () => {
    const child = execa(
      process.execPath,
      [`${ROOT}/runner/bin.ts`, "run", "invoices", ...JANUARY, "--page-size", "2"],
      {
        cwd: folder.path,
        env: env(),
        reject: false,
      },
    );
    await expect.poll(() => queriesOf(simulator).length, { timeout: 20_000 }).toBeGreaterThan(3);
    await database.rows(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'qbo run%' and datname = current_database()",
    );
    const { exitCode, stderr } = await child;
    expect(stderr).not.toMatch(/\n\s+at .+:\d+/);
    if (exitCode !== 0) {
      expect(exitCode).toBe(1);
      expect(stderr).toContain("error[POSTGRES_UNREACHABLE]");
    }
    expect(await command("retry")).toMatchObject({ exitCode: 0 });
    expect(await missing("Invoice", "raw.qb_invoices")).toEqual([]);
  });
});

describe("a seal", () => {
  it("counts for later runs only once it is proven", async () => {
    // The server cuts pages short, and the budget ends before the count could reveal it.
    const proxy = await startProxy(simulator.url, (text) => {
      const answer = JSON.parse(text);
      if (Array.isArray(answer.QueryResponse?.Customer)) answer.QueryResponse.Customer.splice(5);
      return JSON.stringify(answer);
    });
    const cut = await qbo(["run", "customers", ...JANUARY, "--max-calls", "1"], {
      cwd: folder.path,
      env: { ...env(), QBO_API_URL: proxy.url },
    });
    await proxy.close();
    expect(cut.exitCode).toBe(1);
    expect((await missing("Customer", "raw.qb_customers")).length).toBeGreaterThan(0);
    const retried = await command("retry");
    expect(retried.exitCode).toBe(0);
    expect(await missing("Customer", "raw.qb_customers")).toEqual([]);
    expect(
      await database.rows(
        "select 1 from qbo.windows where status <> 'sealed' or source_count is distinct from rows",
      ),
    ).toEqual([]);
  });

  it("that only lacks its proof is proven by a count and not read again", async () => {
    await run("customers", ...JANUARY, "--max-calls", "1");
    simulator.control.clearRequests();
    expect((await command("retry")).exitCode).toBe(0);
    expect(queriesOf(simulator).map((statement) => statement.slice(0, 15))).toEqual(["select count(*)"]);
  });

  it("of a table that is gone or was created again does not count", async () => {
    await run("customers", ...JANUARY);
    await database.rows("drop table raw.qb_customers");
    const gone = await run("customers", ...JANUARY, "--only-missing");
    expect(gone.stderr).toContain("raw.qb_customers no longer exists, and with it 22 rows");
    expect(await missing("Customer", "raw.qb_customers")).toEqual([]);
    await database.rows("drop table raw.qb_customers");
    expect((await run("customers", ...JANUARY, "--page-size", "5", "--max-calls", "2")).exitCode).toBe(1);
    expect((await command("retry")).exitCode).toBe(0);
    expect(await missing("Customer", "raw.qb_customers")).toEqual([]);
  });

  it("of a window of another size does not hide a window that could not be proven", async () => {
    writeFileSync(
      join(folder.path, "entities", "customers.yml"),
      "version: 1\nentity: Customer\nwindow: week\n",
    );
    await run("customers", ...JANUARY);
    writeFileSync(
      join(folder.path, "entities", "customers.yml"),
      "version: 1\nentity: Customer\nwindow: day\n",
    );
    const proxy = await startProxy(simulator.url, (text) =>
      text.replace(/"totalCount":(\d+)/, (_, count) => `"totalCount":${Number(count) + 1}`),
    );
    const failed = await qbo(["run", "customers", ...JANUARY], {
      cwd: folder.path,
      env: { ...env(), QBO_API_URL: proxy.url },
    });
    await proxy.close();
    expect(failed.stderr).toContain("error[PROOF_FAILED]");
    simulator.control.clearRequests();
    expect((await command("retry")).exitCode).toBe(0);
    expect(queriesOf(simulator).length).toBeGreaterThan(0);
    expect(await database.rows("select 1 from qbo.windows where status <> 'sealed'")).toEqual([]);
  });
});

describe("the requested range", () => {
  it("is not forgotten by retries that found nothing, or only a part, to do", async () => {
    simulator.control.addFault({
      match: { route: "query", entity: "Invoice" },
      skip: 1,
      times: 1,
      fault: "403",
    });
    await run("customers", "invoices", ...JANUARY, "--threads", "1", "--page-size", "10");
    for (let times = 0; times < 3; times++) expect((await command("retry")).exitCode).toBe(0);
    await database.rows("truncate raw.qb_customers");
    expect((await command("retry")).exitCode).toBe(0);
    expect(await missing("Customer", "raw.qb_customers")).toEqual([]);
  });

  it("is completed by a run without a range, including gaps and failed windows", async () => {
    simulator.control.addFault({
      match: { route: "query", entity: "Invoice" },
      skip: 2,
      times: 1,
      fault: "403",
    });
    await run("invoices", ...JANUARY, "--page-size", "10");
    await run("invoices", "--from", "2026-01-20", "--to", "2026-01-31");
    const { exitCode, stderr } = await run("invoices");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("this run also reads what is missing");
    expect(await missing("Invoice", "raw.qb_invoices")).toEqual([]);
  });
});

describe("retry from elsewhere", () => {
  it("finds the specs by name", async () => {
    mkdirSync(join(folder.path, "sub"));
    simulator.control.addFault({ match: { route: "query", entity: "Customer" }, skip: 1, fault: "403" });
    await qbo(["run", "../entities/customers.yml", ...JANUARY, "--page-size", "5"], {
      cwd: join(folder.path, "sub"),
      env: env(),
    });
    simulator.control.clearFaults();
    const elsewhere = createFolder();
    const retried = await qbo(["retry"], { cwd: elsewhere.path, env: env() });
    elsewhere.remove();
    expect(retried.exitCode).toBe(0);
    expect(await missing("Customer", "raw.qb_customers")).toEqual([]);
  });
});

describe("two companies and one table", () => {
  it("are kept apart even if one run waits for the other", async () => {
    const other = await startSimulator({ realmId: "777" });
    simulator.control.addFault({
      match: { route: "query", entity: "Customer" },
      times: 1,
      fault: "delay",
      delayMs: 2000,
    });
    const first = run("customers", ...JANUARY);
    await expect.poll(() => queriesOf(simulator).length, { timeout: 20_000 }).toBeGreaterThan(0);
    const second = await qbo(["run", "customers", ...JANUARY, "--wait"], {
      cwd: folder.path,
      env: { ...settingsOf(other), ...database.env },
    });
    await other.close();
    expect((await first).exitCode).toBe(0);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain("error[TABLE_MISMATCH]");
    expect(
      await database.rows("select distinct request_payload ->> 'realm_id' as realm from raw.qb_customers"),
    ).toHaveLength(1);
  });
});
