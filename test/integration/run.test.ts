import { existsSync, readFileSync } from "node:fs";
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
const run = (args: readonly string[], more: Record<string, string> = {}) =>
  qbo(["run", ...args], { cwd: folder.path, env: { ...env(), ...more } });
const JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"] as const;
const tables = async () =>
  (
    await database.rows(
      "select table_schema || '.' || table_name as name from information_schema.tables where table_schema in ('raw', 'qbo') order by 1",
    )
  ).map(({ name }) => name);

describe("a run", () => {
  it("reads 30 daily windows with 22 customers in at most 3 calls", async () => {
    const { exitCode, stderr } = await run(["entities/customers.yml", ...JANUARY]);
    expect(stderr).toContain("22 rows: 22 inserted");
    expect(exitCode).toBe(0);
    expect(queriesOf(simulator).length).toBeLessThanOrEqual(3);
    expect(await database.rows("select count(*)::integer as rows from raw.qb_customers")).toEqual([
      { rows: 22 },
    ]);
    expect(await database.rows("select status, count(*)::integer from qbo.windows group by 1")).toEqual([
      { status: "sealed", count: 30 },
    ]);
  });

  it("reports the same numbers in the log, the artifact and the ledger", async () => {
    const ran = await run(["customers", "invoices", ...JANUARY, "--log-format", "json", "--page-size", "7"]);
    expect(ran.exitCode).toBe(0);
    const events = eventsOf(ran);
    const summary = events.at(-1);
    const artifact = JSON.parse(readFileSync(join(folder.path, "target", "run_results.json"), "utf8"));
    const [ledger] = await database.rows<{ totals: Record<string, unknown>; status: string }>(
      "select totals, status from qbo.runs",
    );
    expect(summary).toMatchObject({
      type: "summary",
      code: "Q099",
      status: "success",
      counts: { pass: 2, total: 2 },
    });
    expect(artifact.totals).toEqual(summary?.["totals"]);
    expect(ledger).toMatchObject({ status: "success", totals: artifact.totals });
    const windows = await database.rows(
      "select sum(rows)::integer as rows, sum(pages)::integer as pages, sum(inserted)::integer as inserted from qbo.windows",
    );
    const told = events.filter(({ type }) => type === "window_closed");
    const sum = (field: string) => told.reduce((total, event) => total + Number(event[field]), 0);
    expect(windows).toEqual([{ rows: sum("rows"), pages: sum("pages"), inserted: sum("inserted") }]);
    expect(sum("rows")).toBe(artifact.totals.rows);
    expect(events.every(({ code }) => /^Q\d{3}$/.test(String(code)))).toBe(true);
  });

  it("loads the same rows for any page size", async () => {
    const contents = () =>
      database.rows(
        "select id, payload, extract_window_start_utc, extract_window_end_utc from raw.qb_invoices order by id",
      );
    await run(["invoices", ...JANUARY]);
    const whole = await contents();
    for (const size of ["1", "3", "10"]) {
      await database.rows("drop table raw.qb_invoices");
      expect(await run(["invoices", ...JANUARY, "--page-size", size])).toMatchObject({ exitCode: 0 });
      expect(await contents()).toEqual(whole);
    }
    expect(whole.length).toBeGreaterThan(10);
  });

  it("uses the stored access token in the next run, and another first token replaces it", async () => {
    await run(["customers", ...JANUARY]);
    await run(["customers", ...JANUARY]);
    const tokenCalls = () => simulator.requests.filter(({ route }) => route === "token").length;
    expect(tokenCalls()).toBe(1);
    const stored = await database.rows("select encode(sealed_tokens, 'escape') as bytes from qbo.vault");
    expect(JSON.stringify(stored)).not.toContain(simulator.credentials.refreshToken);
  });

  it("keeps a rotated refresh token", async () => {
    simulator.control.setRotation("always", 0);
    await run(["customers", ...JANUARY]);
    simulator.control.expireAccessTokens();
    expect(await run(["customers", ...JANUARY])).toMatchObject({ exitCode: 0 });
    simulator.control.expireAccessTokens();
    expect(await run(["customers", ...JANUARY])).toMatchObject({ exitCode: 0 });
  });

  it("renews an access token that expires during the run", async () => {
    await run(["customers", ...JANUARY]);
    simulator.control.expireAccessTokens();
    const { exitCode, stderr } = await run(["invoices", ...JANUARY]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Access token renewed");
  });

  it.each([
    "500",
    "502",
    "503-html",
    "504",
    "cut",
    "reset",
    "html-200",
    "wrong-cluster",
    "429-retry-after",
  ] as const)("survives %s", async (fault) => {
    simulator.control.addFault({ match: { route: "query" }, skip: 1, times: 1, fault });
    const { exitCode, stderr } = await run(["invoices", ...JANUARY, "--page-size", "20"]);
    expect(stderr).toContain("before the next try");
    expect(exitCode).toBe(0);
  });

  it("accepts that a record was deleted between its page and the count, because everything that is left is there", async () => {
    const [{ id = "" } = {}] = JSON.parse(
      await (await fetch(`${simulator.controlUrl}/records/Customer`)).text(),
    ).records.map(({ Id }: { Id: string }) => ({ id: Id }));
    const remove = JSON.stringify({ action: "delete", entity: "Customer", id });
    simulator.control.addMutation({ after: 1, entity: "Customer", actions: [remove] });
    const books = ["--from", "2025-06-01", "--to", "2026-03-01"];
    const { exitCode, stderr } = await run(["customers", ...books]);
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("reading the window again");
    expect(
      await database.rows("select 1 from qbo.windows where status <> 'sealed' or source_count is null"),
    ).toEqual([]);
  });

  it("reads a window again if a record that the source lists did not arrive", async () => {
    let isCut = false;
    const proxy = await startProxy(simulator.url, (text) => {
      const answer = JSON.parse(text);
      const customers = answer.QueryResponse?.Customer;
      if (isCut || customers === undefined) return text;
      isCut = true;
      return JSON.stringify({ ...answer, QueryResponse: { Customer: customers.slice(1) } });
    });
    const { exitCode, stderr } = await run(["customers", ...JANUARY], { QBO_API_URL: proxy.url });
    await proxy.close();
    expect(stderr).toContain("reading the window again");
    expect(exitCode).toBe(0);
    expect(await database.rows("select status from qbo.windows where status <> 'sealed'")).toEqual([]);
    expect(await database.rows("select count(*)::int as rows from raw.qb_customers")).toEqual([{ rows: 22 }]);
  });

  it("removes the seal of a window for which the source has another count, and fails", async () => {
    const proxy = await startProxy(simulator.url, (text) =>
      text.replace(/"totalCount":(\d+)/, (_, count) => `"totalCount":${Number(count) + 1}`),
    );
    const { exitCode, stderr } = await run(["customers", ...JANUARY], { QBO_API_URL: proxy.url });
    await proxy.close();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[PROOF_FAILED]");
    const failed = await database.rows<{ source_count: number | null }>(
      "select source_count from qbo.windows where status = 'failed'",
    );
    expect(failed).toEqual([{ source_count: null }]);
  });

  it("also reads the present, but leaves its window open", async () => {
    simulator.control.runText(JSON.stringify({ action: "edit", entity: "Customer", id: "1" }));
    const today = new Date().toISOString().slice(0, 10);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const { exitCode, stderr } = await run(["customers", "--from", today, "--to", tomorrow]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("1 window still open");
    expect(await database.rows("select status, rows from qbo.windows")).toEqual([
      { status: "open", rows: 1 },
    ]);
  });

  it("loads inactive customers", async () => {
    await run(["customers", ...JANUARY]);
    const inactive = await database.rows(
      "select 1 from raw.qb_customers where payload ->> 'Active' = 'false'",
    );
    expect(inactive.length).toBeGreaterThan(0);
  });

  it("rolls back, records the cancellation and continues later", async () => {
    simulator.control.addFault({
      match: { route: "query", entity: "Invoice" },
      skip: 2,
      fault: "delay",
      delayMs: 60_000,
    });
    const child = execa(
      process.execPath,
      [join(ROOT, "runner", "bin.ts"), "run", "invoices", ...JANUARY, "--page-size", "3"],
      {
        cwd: folder.path,
        env: env(),
        reject: false,
      },
    );
    await expect.poll(() => queriesOf(simulator).length, { timeout: 20_000 }).toBeGreaterThan(2);
    child.kill("SIGINT");
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Cancelled");
    const [cancelled] = await database.rows<{ status: string; rows: number }>(
      "select status, (totals ->> 'rows')::integer as rows from qbo.runs",
    );
    expect(cancelled).toEqual({ status: "cancelled", rows: expect.any(Number) });
    expect(cancelled?.rows).toBeGreaterThan(0);
    simulator.control.clearFaults();
    expect(await run(["invoices", ...JANUARY])).toMatchObject({ exitCode: 0 });
  });
});

describe("impossible settings", () => {
  const expectClean = async (ran: Awaited<ReturnType<typeof run>>, code: string, words: string) => {
    expect(ran.stderr).toContain(`error[${code}]`);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr).toContain("what to do:");
    expect(ran.stderr).not.toMatch(/\n\s+at .+:\d+/);
    expect(ran.exitCode).toBe(1);
    const left = await tables().catch(() => []);
    expect(left.filter((name) => String(name).startsWith("raw."))).toEqual([]);
    return left;
  };
  const customers = (more: Record<string, string> = {}) => run(["customers", ...JANUARY], more);

  it("says that the client secret is wrong", async () => {
    expect(
      await expectClean(
        await customers({ QBO_CLIENT_SECRET: "wrong" }),
        "QBO_CREDENTIALS_REFUSED",
        "QBO_CLIENT_SECRET",
      ),
    ).toEqual([]);
    expect(existsSync(join(folder.path, "target"))).toBe(false);
  });

  it("says that the refresh token is dead", async () => {
    expect(
      await expectClean(
        await customers({ QBO_REFRESH_TOKEN: "dead" }),
        "QBO_GRANT_DEAD",
        "connect the company again",
      ),
    ).toEqual([]);
  });

  it("says that the realm is wrong", async () => {
    await expectClean(await customers({ QBO_REALM_ID: "123" }), "QBO_FORBIDDEN", "check QBO_REALM_ID");
  });

  it("says that nothing answers at the address of the API", async () => {
    await expectClean(await customers({ QBO_API_URL: "http://127.0.0.1:9" }), "QBO_UNAVAILABLE", "no answer");
  });

  it("says that PostgreSQL cannot be reached", async () => {
    await expectClean(await customers({ POSTGRES_PORT: "9" }), "POSTGRES_UNREACHABLE", "check POSTGRES_HOST");
  });

  it("says that the password is wrong", async () => {
    const ran = await customers({ POSTGRES_PASSWORD: "wr0ng-pass" });
    await expectClean(ran, "POSTGRES_REFUSED", "POSTGRES_PASSWORD");
    expect(ran.stderr).not.toContain("wr0ng-pass");
  });

  it("says that the database is missing", async () => {
    await expectClean(
      await customers({ POSTGRES_DB: "nowhere" }),
      "POSTGRES_REFUSED",
      'no database "nowhere"',
    );
  });

  it("does not touch a table with other columns", async () => {
    await database.rows("create schema raw; ");
    await database.rows("create table raw.qb_customers (id integer primary key, name text)");
    const { exitCode, stderr } = await customers();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "error[TABLE_MISMATCH] the table raw.qb_customers exists but is not a RAW table: the column id is integer, not text",
    );
    expect(simulator.requests).toEqual([]);
    expect(await tables()).toEqual(["raw.qb_customers"]);
  });

  it("refuses a table of another company", async () => {
    await customers();
    const other = await startSimulator({ realmId: "999" });
    const { exitCode, stderr } = await qbo(["run", "customers", ...JANUARY], {
      cwd: folder.path,
      env: { ...settingsOf(other), ...database.env },
    });
    await other.close();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "holds Customer of the realm 4620816365000000001 (simulator); this run is for Customer of the realm 999",
    );
  });

  it("names who holds the table", async () => {
    await database.rows("select pg_advisory_lock(7430767, hashtext('raw.qb_customers'))");
    const { exitCode, stderr } = await customers();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[LOCKED] raw.qb_customers is being loaded by");
  });
});

describe("difficulties with the API", () => {
  it("loads everything except a poison record, names it, and leaves its window failed", async () => {
    const ids = await idsOf("Invoice");
    const id = ids[5] ?? "";
    simulator.control.runText(JSON.stringify({ action: "poison", entity: "Invoice", id }));
    const { exitCode, stderr } = await run(["invoices", ...JANUARY]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`error\\[QBO_POISON_RECORD\\] Invoice ${id} of 2026-01-\\S+Z cannot be read: `),
    );
    const [counts] = await database.rows("select count(*)::integer as rows from raw.qb_invoices");
    expect(counts).toEqual({ rows: ids.length - 1 });
    expect(
      await database.rows("select status, count(*)::integer from qbo.windows group by 1 order by 1"),
    ).toEqual([
      { status: "failed", count: 1 },
      { status: "sealed", count: 29 },
    ]);
    simulator.company.poison.clear();
    expect(await run(["invoices", ...JANUARY])).toMatchObject({ exitCode: 0 });
    expect(await database.rows("select status from qbo.windows where status <> 'sealed'")).toEqual([]);
  });

  it("waits for another run with --wait", async () => {
    simulator.control.addFault({
      match: { route: "query", entity: "Customer" },
      times: 1,
      fault: "delay",
      delayMs: 2500,
    });
    const first = run(["customers", ...JANUARY]);
    await expect.poll(() => queriesOf(simulator).length, { timeout: 20_000 }).toBeGreaterThan(0);
    const [refused, waited] = await Promise.all([
      run(["customers", ...JANUARY]),
      run(["customers", ...JANUARY, "--wait"]),
    ]);
    expect(await first).toMatchObject({ exitCode: 0 });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      /error\[LOCKED\] raw\.qb_customers is being loaded by "qbo run [0-9a-f-]{36}/,
    );
    expect(waited.stderr).toContain("waiting for raw.qb_customers, which");
    expect(waited.exitCode).toBe(0);
  });

  it("lets two processes share one grant with rotating tokens", async () => {
    simulator.control.setRotation("always", 0);
    for (let round = 0; round < 3; round++) {
      const both = await Promise.all([run(["customers", ...JANUARY]), run(["invoices", ...JANUARY])]);
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      simulator.control.expireAccessTokens();
    }
    expect(simulator.requests.filter(({ route }) => route === "token")).toHaveLength(3);
  });

  it("renews once for all lanes and entities if a token expires during the run", async () => {
    simulator.control.addMutation({ after: 6, actions: ['{"action":"expire-tokens"}'] });
    const { exitCode } = await run([...JANUARY, "--page-size", "3"]);
    expect(exitCode).toBe(0);
    expect(simulator.requests.filter(({ route }) => route === "token")).toHaveLength(2);
  });

  it("stops before it exceeds the budget of calls, and continues later", async () => {
    const { exitCode, stderr } = await run(["invoices", ...JANUARY, "--page-size", "10", "--max-calls", "2"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[CALL_BUDGET] the budget of 2 API calls is used up");
    expect(queriesOf(simulator)).toHaveLength(2);
    expect(await run(["invoices", ...JANUARY, "--page-size", "10"])).toMatchObject({ exitCode: 0 });
  });

  it("loads the same rows with both strategies", async () => {
    const contents = () =>
      database.rows(
        "select id, payload, extract_window_start_utc, page_number from raw.qb_invoices order by id",
      );
    await run(["invoices", ...JANUARY]);
    const swept = await contents();
    await database.rows("drop schema raw cascade; drop schema qbo cascade");
    simulator.control.clearRequests();
    expect(await run(["invoices", ...JANUARY, "--strategy", "windowed"])).toMatchObject({ exitCode: 0 });
    expect(await contents()).toEqual(swept);
    expect(queriesOf(simulator)).toHaveLength(31);
  });

  async function idsOf(entity: string): Promise<string[]> {
    const { records } = JSON.parse(await (await fetch(`${simulator.controlUrl}/records/${entity}`)).text());
    const inJanuary = ({ MetaData }: { MetaData: { LastUpdatedTime: string } }) => {
      const at = Date.parse(MetaData.LastUpdatedTime);
      return at >= Date.UTC(2026, 0, 1) && at < Date.UTC(2026, 0, 31);
    };
    return records.filter(inJanuary).map(({ Id }: { Id: string }) => Id);
  }
});
