import { join } from "node:path";
import { execa } from "execa";
import pg from "pg";
import { describe, expect, inject, it, vi } from "vitest";
import { inTransaction, runStatement } from "../../runner/postgres/connect.ts";
import { TIMEOUTS } from "../../runner/postgres/watch.ts";
import { createFolder, ROOT } from "../support/cli.ts";
import { startDarkNetwork } from "../support/dark-network.ts";
import { asAdmin, createDatabase, type TestDatabase } from "../support/database.ts";
import { openPool } from "../support/open-pool.ts";
import { queriesOf, type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

interface Scene {
  readonly database: TestDatabase;
  readonly simulator: Simulator;
  /** Starts a command. Its output can be read while it runs. */
  readonly start: (args: readonly string[], env?: Record<string, string>) => Started;
  readonly run: (args: readonly string[], env?: Record<string, string>) => Promise<void>;
  /** Takes a lock in a transaction that stays open, as a person might. */
  readonly hold: (sql: string, name?: string) => Promise<Held>;
}

interface Started {
  readonly said: () => string;
  readonly ended: Promise<{ exitCode: number | undefined; stderr: string }>;
  readonly kill: (signal: "SIGTERM" | "SIGINT") => void;
}

interface Held {
  readonly pid: number;
  readonly release: () => Promise<void>;
}

const JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"];
const CUSTOMERS = ["run", "customers", ...JANUARY];

/** A company, a database and a folder for a single test. These tests wait for long, so they run in parallel. */
function scene(play: (scene: Scene) => Promise<void>): () => Promise<void> {
  return async () => {
    const [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
    const folder = createFolder();
    const held: pg.Client[] = [];
    const children: { kill: (signal: "SIGKILL") => boolean }[] = [];
    const start: Scene["start"] = (args, env = {}) => {
      const child = execa(process.execPath, [join(ROOT, "runner", "bin.ts"), ...args], {
        cwd: folder.path,
        reject: false,
        extendEnv: false,
        env: { PATH: process.env["PATH"] ?? "", ...settingsOf(simulator), ...database.env, ...env },
      });
      children.push(child);
      let said = "";
      child.stderr.on("data", (bytes) => {
        said += bytes;
      });
      return {
        said: () => said,
        ended: child.then(({ exitCode, stderr }) => ({ exitCode, stderr })),
        kill: (signal) => child.kill(signal),
      };
    };
    try {
      await play({
        database,
        simulator,
        start,
        run: async (args, env) => expect(await start(args, env).ended).toMatchObject({ exitCode: 0 }),
        hold: async (sql, name = "psql") => {
          const { host, port, user, password } = inject("postgres");
          const client = new pg.Client({
            host,
            port,
            user,
            password,
            database: database.name,
            application_name: name,
          });
          client.on("error", () => undefined);
          held.push(client);
          await client.connect();
          await client.query(`begin; ${sql}`);
          const { rows } = await client.query("select pg_backend_pid() as pid");
          return { pid: rows[0].pid, release: async () => void (await client.query("rollback")) };
        },
      });
    } finally {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(held.map((client) => client.end()));
      folder.remove();
      await Promise.all([database.drop(), simulator.close()]);
    }
  };
}

/** Expects a line within ten seconds. */
const expectLine = (started: Started, words: RegExp | string) =>
  vi.waitFor(() => expect(started.said()).toMatch(words), { timeout: 10_000 });

/** The number of the runner's backends, or of those that wait for a lock. */
const backends = async ({ database }: Scene, waiting = false): Promise<number> => {
  const sql = `select 1 from pg_stat_activity where datname = $1 and application_name like 'qbo %'
  ${waiting ? "and wait_event_type = 'Lock'" : ""}`;
  return (await database.rows(sql, [database.name])).length;
};
const expectToWait = (at: Scene) =>
  vi.waitFor(async () => expect(await backends(at, true)).toBeGreaterThan(0), { timeout: 15_000 });

async function expectToEnd(started: Started, signal: "SIGTERM" | "SIGINT"): Promise<string> {
  const killedAt = performance.now();
  started.kill(signal);
  const { exitCode, stderr } = await started.ended;
  expect(exitCode, stderr).toBe(signal === "SIGTERM" ? 143 : 130);
  expect(performance.now() - killedAt).toBeLessThan(5000);
  expect(stderr).not.toMatch(/\n\s+at .+:\d+/);
  return stderr;
}
const expectNothingLeft = (at: Scene) =>
  vi.waitFor(async () => expect(await backends(at)).toBe(0), { timeout: 2000 });
const expectQueries = ({ simulator }: Scene, count: number) =>
  vi.waitFor(() => expect(queriesOf(simulator).length).toBeGreaterThanOrEqual(count), { timeout: 20_000 });
const statuses = async ({ database }: Scene) =>
  (await database.rows("select status from qbo.runs order by started_at_utc")).map(({ status }) => status);

interface LockCase {
  readonly what: string;
  readonly lock: string;
  /** The purpose of the waiting statement. */
  readonly purpose: string;
  readonly prepare?: (scene: Scene) => void | Promise<void>;
  /** Whether the run has already been recorded when it encounters the lock. */
  readonly isRecorded: boolean;
}

const LOCKS: readonly LockCase[] = [
  {
    what: "the table before the run",
    lock: "lock table raw.qb_customers in access exclusive mode",
    purpose: "look at raw.qb_customers",
    isRecorded: false,
  },
  {
    what: "the table as `create index` does",
    lock: "lock table raw.qb_customers in share mode",
    purpose: "load a page into raw.qb_customers",
    isRecorded: true,
  },
  {
    what: "rows of the table",
    lock: "update raw.qb_customers set page_size = page_size + 1",
    purpose: "load a page into raw.qb_customers",
    // Unchanged records are not written.
    prepare: async ({ simulator, database }) => {
      const [row] = await database.rows("select min(id) as id from raw.qb_customers");
      const set = { Notes: "changed" };
      simulator.control.run({ action: "edit", entity: "Customer", id: row?.["id"], at: "2026-01-30", set });
    },
    isRecorded: true,
  },
  {
    what: "the ledger's windows",
    lock: "lock table qbo.windows in access exclusive mode",
    purpose: "load a page into raw.qb_customers",
    isRecorded: true,
  },
  {
    what: "the vault's row",
    lock: "update qbo.vault set realm_id = realm_id",
    purpose: "renew the access token",
    prepare: ({ simulator }) => simulator.control.expireAccessTokens(),
    isRecorded: false,
  },
];

describe.concurrent("a lock that a person holds on", () => {
  for (const { what, lock, purpose, isRecorded, prepare } of LOCKS) {
    it(
      `${what}: is reported, and once it is released the run succeeds`,
      scene(async (at) => {
        await at.run(CUSTOMERS);
        await prepare?.(at);
        const { pid, release } = await at.hold(lock);
        const started = at.start(CUSTOMERS);
        await expectLine(
          started,
          new RegExp(
            `waiting to ${purpose}: "psql" \\(user \\w+, PostgreSQL process ${pid}, idle in transaction for \\d+ s\\) holds a lock; let it finish, or end it with select pg_terminate_backend\\(${pid}\\)`,
          ),
        );
        await release();
        const { exitCode, stderr } = await started.ended;
        expect(exitCode, stderr).toBe(0);
        expect(stderr.match(/holds a lock/g)).toHaveLength(1);
      }),
    );

    it(
      `${what}: SIGTERM ends the run`,
      scene(async (at) => {
        await at.run(CUSTOMERS);
        await prepare?.(at);
        await at.hold(lock);
        const started = at.start(CUSTOMERS);
        await expectToWait(at);
        const stderr = await expectToEnd(started, "SIGTERM");
        expect(stderr).toMatch(/[Cc]ancelled/);
        await expectNothingLeft(at);
        if (isRecorded) expect(await statuses(at)).toEqual(["success", "cancelled"]);
      }),
    );
  }

  it(
    "a table during a run: is reported, and what was read before the signal is kept",
    scene(async (at) => {
      const { simulator } = at;
      simulator.control.addFault({
        match: { route: "query", entity: "Invoice" },
        skip: 2,
        fault: "delay",
        delayMs: 2000,
      });
      const started = at.start(["run", "invoices", ...JANUARY, "--page-size", "3", "--log-format", "json"]);
      await expectQueries(at, 3);
      const { pid } = await at.hold("lock table raw.qb_invoices in access exclusive mode");
      await expectLine(started, "holds a lock");
      const [line] = started
        .said()
        .split("\n")
        .filter((text) => text.includes("holds a lock"));
      expect(JSON.parse(line ?? "")).toMatchObject({ type: "notice", level: "warn" });
      expect(line).toContain(`PostgreSQL process ${pid}`);
      const stderr = await expectToEnd(started, "SIGINT");
      expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({ status: "cancelled" });
      await expectNothingLeft(at);
      expect(await statuses(at)).toEqual(["cancelled"]);
    }),
  );

  it(
    "a table: is reported by commands that only read, and signals end them too",
    scene(async (at) => {
      await at.run(CUSTOMERS);
      await at.hold("lock table raw.qb_customers in access exclusive mode");
      const [status, test] = [at.start(["status"]), at.start(["test", "customers"])];
      await Promise.all([
        expectLine(status, /waiting to .*raw.qb_customers.*: "psql"/),
        expectLine(test, /waiting to .*raw.qb_customers.*: "psql"/),
      ]);
      await Promise.all([expectToEnd(status, "SIGTERM"), expectToEnd(test, "SIGINT")]);
      await expectNothingLeft(at);
    }),
  );

  it(
    "a table: is reported to a role without rights on other sessions, and the end of a chain is named",
    scene(async (at) => {
      const role = `${at.database.name}_role`;
      await asAdmin(`create role ${role} login password 'x'`);
      await at.database.rows(`grant create on database ${at.database.name} to ${role}`);
      const env = { POSTGRES_USER: role, POSTGRES_PASSWORD: "x" };
      await at.run(CUSTOMERS, env);
      const { pid, release } = await at.hold("select from raw.qb_customers", "reporting");
      const behind = at.database.rows("begin; lock table raw.qb_customers; rollback");
      const started = at.start(CUSTOMERS, env);
      await expectLine(
        started,
        new RegExp(`"reporting" \\(user \\w+, PostgreSQL process ${pid}\\) holds a lock`),
      );
      await release();
      await behind;
      expect(await started.ended).toMatchObject({ exitCode: 0 });
      await at.database.rows(`drop owned by ${role}`);
      await asAdmin(`drop role ${role}`);
    }),
  );

  it(
    "the vault: a qbo command that renews the token is named as such",
    scene(async (at) => {
      await at.run(CUSTOMERS);
      at.simulator.control.expireAccessTokens();
      at.simulator.control.addFault({ match: { route: "token" }, fault: "delay", delayMs: 7000 });
      const first = at.start(CUSTOMERS);
      const renewals = () => at.simulator.requests.filter(({ route }) => route === "token");
      await vi.waitFor(() => expect(renewals()).toHaveLength(2), { timeout: 10_000 });
      const second = at.start(["run", "vendors", ...JANUARY]);
      await expectLine(second, 'waiting to renew the access token: another qbo command, "qbo run ');
      expect([await first.ended, await second.ended]).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
    }),
  );

  it(
    "the vault, after a new token was received: no signal ends the run before the token is stored",
    scene(async (at) => {
      await at.run(CUSTOMERS);
      at.simulator.control.setRotation("always", 0);
      at.simulator.control.expireAccessTokens();
      at.simulator.control.addFault({ match: { route: "token" }, fault: "delay", delayMs: 1500 });
      const started = at.start(CUSTOMERS);
      const renewals = () => at.simulator.requests.filter(({ route }) => route === "token");
      await vi.waitFor(() => expect(renewals()).toHaveLength(2), { timeout: 10_000 });
      const { release } = await at.hold("lock table qbo.vault in share mode");
      await expectToWait(at);
      started.kill("SIGTERM");
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(await backends(at, true)).toBe(1);
      await release();
      expect(await started.ended).toMatchObject({ exitCode: 143 });
      await at.run(CUSTOMERS);
    }),
  );
});

describe.concurrent("a network that goes dark", () => {
  const startInTheDark = async (at: Scene) => {
    const server = inject("postgres");
    const network = await startDarkNetwork(server.host, server.port);
    at.simulator.control.addFault({
      match: { route: "query", entity: "Invoice" },
      skip: 2,
      times: 1,
      fault: "delay",
      delayMs: 1000,
    });
    const env = { POSTGRES_HOST: "127.0.0.1", POSTGRES_PORT: String(network.port) };
    const started = at.start(["run", "invoices", ...JANUARY, "--page-size", "3"], env);
    await expectQueries(at, 3);
    network.goDark();
    await expectLine(started, /waiting to .*: PostgreSQL does not answer/);
    return { started, network };
  };

  it(
    "is reported, and SIGTERM ends the run",
    scene(async (at) => {
      const { started, network } = await startInTheDark(at);
      expect(await expectToEnd(started, "SIGTERM")).toContain(
        "could not record the end of the run in the ledger",
      );
      await network.close();
    }),
  );

  it(
    "is reported, and once the network is back the run succeeds",
    scene(async (at) => {
      const { started, network } = await startInTheDark(at);
      network.comeBack();
      const { exitCode, stderr } = await started.ended;
      expect(exitCode, stderr).toBe(0);
      await network.close();
    }),
  );

  const open = async (database: TestDatabase, timeouts: Partial<typeof TIMEOUTS>) => {
    const { host, port } = inject("postgres");
    const network = await startDarkNetwork(host, port);
    const said: string[] = [];
    const pool = await openPool(database, {
      port: network.port,
      max: 1,
      log: (event) => void (event.type === "notice" && said.push(event.message)),
      timeouts: { ...TIMEOUTS, ...timeouts },
    });
    return { pool, network, said };
  };

  it(
    "makes the statement fail without a signal, and later statements sooner",
    scene(async ({ database }) => {
      const { pool, network, said } = await open(database, { look: 200, answer: 200, dark: 1000 });
      network.goDark();
      const failure = { code: "POSTGRES_UNREACHABLE", hint: expect.stringContaining("look at the network") };
      const startedAt = performance.now();
      await expect(inTransaction(pool, "load", (client) => client.query("select 1"))).rejects.toMatchObject(
        failure,
      );
      expect(said).toEqual([expect.stringContaining("waiting to load: PostgreSQL does not answer")]);
      expect(performance.now() - startedAt).toBeGreaterThan(1000);
      const failedAt = performance.now();
      await expect(runStatement(pool, "ask", "select 1")).rejects.toMatchObject(failure);
      expect(performance.now() - failedAt).toBeLessThan(800);
      await pool.end();
      await network.close();
    }),
  );

  it(
    "does not mistake a slow server for an unreachable one",
    scene(async ({ database }) => {
      const { pool, network, said } = await open(database, { look: 100, slow: 300, dark: 300 });
      expect(await runStatement(pool, "ask", "select 1 as one from pg_sleep(1)")).toEqual([{ one: 1 }]);
      expect(said).toEqual([
        expect.stringMatching(/^still waiting to ask after \d+ s: PostgreSQL is working on it/),
      ]);
      await pool.end();
      await network.close();
    }),
  );
});
