import pg from "pg";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { inTransaction, type Queryable, runStatement } from "../../runner/postgres/connect.ts";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { openPool } from "../support/open-pool.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;
let person: pg.Client;

beforeEach(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
  expect(await run("customers")).toMatchObject({ exitCode: 0 });
  person = new pg.Client({ ...inject("postgres"), database: database.name });
  await person.connect();
});
afterEach(async () => {
  await person.end();
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

const run = (...args: string[]) =>
  qbo(["run", ...args, "--from", "2026-01-01", "--to", "2026-01-31"], {
    cwd: folder.path,
    env: { ...settingsOf(simulator), ...database.env },
  });
/** Sets this as an administrator would, for a role, a database or the whole server. */
const set = (name: string, value: string) =>
  database.rows(`alter database ${database.name} set ${name} = '${value}'`);

it.each([
  ["statement_timeout", "57014"],
  ["lock_timeout", "55P03"],
])("says that %s ended a statement", async (setting, state) => {
  await set(setting, "1s");
  await person.query("begin; lock table raw.qb_customers in share mode");
  const { exitCode, stderr } = await run("customers");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`error\\[POSTGRES_FAILED\\] could not load a page into raw.qb_customers: .* \\(${state}\\)`),
  );
  expect(stderr).toContain(
    `what to do: the setting ${setting} of this role, database or server ended the statement`,
  );
});

it("says that somebody cancelled a statement", async () => {
  await person.query("begin; lock table raw.qb_customers in share mode");
  const running = run("customers");
  const cancel = `select pg_cancel_backend(pid) from pg_stat_activity
where datname = current_database() and application_name like 'qbo %' and wait_event_type = 'Lock'`;
  await expect.poll(async () => (await database.rows(cancel)).length, { timeout: 10_000 }).toBe(1);
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(1);
  expect(stderr).toContain("what to do: somebody cancelled the statement");
});

it("keeps a new token if idle_in_transaction_session_timeout ended the transaction of its renewal", async () => {
  await set("idle_in_transaction_session_timeout", "300ms");
  simulator.control.setRotation("always", 0);
  simulator.control.expireAccessTokens();
  simulator.control.addFault({ match: { route: "token" }, fault: "delay", delayMs: 1000 });
  expect(await run("customers")).toMatchObject({ exitCode: 0 });
  simulator.control.clearFaults();
  simulator.control.expireAccessTokens();
  expect(await run("customers")).toMatchObject({ exitCode: 0 });
});

it("keeps the locks on tables if idle_session_timeout ends idle sessions", async () => {
  await set("idle_session_timeout", "300ms");
  simulator.control.addFault({
    match: { route: "query", entity: "Invoice" },
    skip: 1,
    times: 1,
    fault: "delay",
    delayMs: 1000,
  });
  const { exitCode, stderr } = await run("invoices", "--page-size", "5");
  expect(stderr).not.toContain("error[");
  expect(exitCode).toBe(0);
});

it("says that idle_in_transaction_session_timeout ended a transaction", async () => {
  await set("idle_in_transaction_session_timeout", "100ms");
  const pool = await openPool(database);
  const work = async (client: Queryable) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await client.query("select 1");
  };
  await expect(inTransaction(pool, "dawdle", work)).rejects.toMatchObject({
    message: expect.stringContaining("could not dawdle"),
    hint: expect.stringContaining("idle_in_transaction_session_timeout"),
  });
  await pool.end();
});

it("connects again if every idle connection was closed", async () => {
  const pool = await openPool(database);
  const pids = async () => {
    const asked = [1, 2].map(() =>
      runStatement<{ pid: number }>(pool, "ask", "select pg_backend_pid() as pid from pg_sleep(0.1)"),
    );
    return (await Promise.all(asked)).flatMap((rows) => rows.map(({ pid }) => pid));
  };
  const before = await pids();
  await database.rows("select pg_terminate_backend(pid) from unnest($1::integer[]) as pid", [before]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(new Set([...before, ...(await pids())]).size).toBe(4);
  await pool.end();
});
