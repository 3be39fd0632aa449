import type pg from "pg";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../events.ts";
import type { Database, Queryable } from "../postgres/connect.ts";
import { MIGRATIONS } from "../postgres/migrate.ts";
import type { HttpResult } from "../quickbooks/http.ts";
import { openTokenSource } from "./token-source.ts";

const never = new AbortController().signal;
const KEY = { realmId: "1", environment: "simulator", clientId: "id", clientSecret: "secret" };

/** A database that holds nothing but the vault. `canWrite` says whether a row can be written. */
function createVault(canWrite: () => boolean = () => true) {
  let rows = new Map<unknown, unknown>();
  let saved = rows;
  const statements: string[] = [];
  const answer = (sql: string, values: readonly unknown[]): Record<string, unknown>[] => {
    statements.push(sql);
    if (sql === "savepoint probe") saved = new Map(rows);
    if (sql === "rollback to savepoint probe") rows = saved;
    if (sql.includes("to_regclass")) return [{ exists: true }];
    if (sql.includes("max(version)")) return [{ version: MIGRATIONS.length }];
    if (sql.startsWith("select sealed_tokens") && rows.has(values[1]))
      return [{ sealed_tokens: rows.get(values[1]) }];
    if (sql.startsWith("insert into qbo.vault")) {
      if (!canWrite()) throw new Error("the vault is read-only");
      rows.set(values[1], values[4]);
    }
    return [];
  };
  const client: Queryable = {
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
      const found: unknown = { rows: answer(sql, values) };
      return found as pg.QueryResult<Row>;
    },
  };
  const lease = {
    ...{ queryable: () => client, isBroken: () => false },
    ...{ condemn: () => undefined, release: () => undefined },
  };
  const pool: Database = { lease: async () => lease, end: async () => undefined };
  return { pool, statements, size: () => rows.size };
}

/** A token endpoint that answers when it is told to, and a clock that stands still until it is told to go on. */
function createSource({ pool }: { pool: Database }, { life = 3600, name = "access" } = {}) {
  const waiting: ((result: HttpResult) => void)[] = [];
  const sleeping: { ms: number; wake: () => void }[] = [];
  const events: RunEvent[] = [];
  const source = openTokenSource({
    ...{ pool, key: KEY, endpoint: { ...KEY, tokenUrl: "http://localhost" }, seed: "seed" },
    ...{ now: () => 0, random: () => 0, signal: never, log: (event: RunEvent) => void events.push(event) },
    send: (_, signal) =>
      new Promise((resolve, reject) => {
        waiting.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeping.push({ ms, wake: resolve });
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  });
  let sent = 0;
  /** Lets everything run that need not wait. */
  const calm = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ source, events, calm },
    asked: () => sent + waiting.length,
    answer: async () => {
      await calm();
      const next = waiting.shift();
      if (next === undefined) throw new Error("nobody asks for a token");
      sent++;
      const json = { access_token: `${name} ${sent}`, refresh_token: `refresh ${sent}`, expires_in: life };
      next({ ok: true, text: "", json, tid: "", date: null });
      await calm();
    },
    pass: async (ms: number) => {
      await calm();
      for (const { wake } of sleeping.filter((sleeper) => sleeper.ms <= ms)) wake();
      await calm();
    },
  };
}

describe("the token source", () => {
  it("asks once for all who ask at a time, and keeps the token", async () => {
    const { source, answer, asked } = createSource(createVault());
    const all = Promise.all([1, 2, 3].map(() => source.accessToken(undefined, never)));
    await answer();
    expect(await all).toEqual(["access 1", "access 1", "access 1"]);
    expect(await source.accessToken(undefined, never)).toBe("access 1");
    expect(asked()).toBe(1);
  });

  it("lets each asker go with its own reason, and finishes the renewal for the others and for the vault", async () => {
    const vault = createVault();
    const { source, answer } = createSource(vault);
    const controller = new AbortController();
    const first = source.accessToken(undefined, controller.signal);
    const second = source.accessToken(undefined, never);
    controller.abort("SIGTERM");
    await expect(first).rejects.toBe("SIGTERM");
    await answer();
    expect(await second).toBe("access 1");
    expect(vault.size()).toBe(1);
    expect(await createSource(vault).source.accessToken(undefined, never)).toBe("access 1");
  });

  it("does not begin for an asker that has been aborted", async () => {
    const { source, calm, asked } = createSource(createVault());
    await expect(source.accessToken(undefined, AbortSignal.abort("SIGINT"))).rejects.toBe("SIGINT");
    await calm();
    expect(asked()).toBe(0);
  });

  it("renews again where a renewal that was under way brings the very token that was refused", async () => {
    const vault = createVault();
    const earlier = createSource(vault);
    const stored = earlier.source.accessToken(undefined, never);
    await earlier.answer();
    expect(await stored).toBe("access 1");
    const { source, answer } = createSource(vault, { name: "renewed" });
    const [first, second] = [source.accessToken(undefined, never), source.accessToken("access 1", never)];
    expect(await first).toBe("access 1");
    await answer();
    expect(await second).toBe("renewed 1");
  });

  it("asks once where a token lives for less than the margin", async () => {
    const { source, answer, asked } = createSource(createVault(), { life: 30 });
    const token = source.accessToken(undefined, never);
    await answer();
    expect(await token).toBe("access 1");
    expect(asked()).toBe(1);
  });

  it("asks for nothing where a new token could not be stored", async () => {
    const { source, asked } = createSource(createVault(() => false));
    await expect(source.accessToken(undefined, never)).rejects.toThrow("the vault is read-only");
    expect(asked()).toBe(0);
  });

  it("stores a new token later where PostgreSQL went away in between", async () => {
    let isAway = false;
    const vault = createVault(() => !isAway);
    const { source, answer, pass } = createSource(vault);
    const token = source.accessToken(undefined, never);
    await new Promise((resolve) => setImmediate(resolve));
    isAway = true;
    await answer();
    expect(vault.size()).toBe(0);
    isAway = false;
    await pass(3000);
    expect(await token).toBe("access 1");
    expect(vault.size()).toBe(1);
  });

  it("lifts the server's limits from both transactions that may store a token", async () => {
    let isAway = false;
    const vault = createVault(() => !isAway);
    const { source, answer, pass } = createSource(vault);
    const token = source.accessToken(undefined, never);
    await new Promise((resolve) => setImmediate(resolve));
    isAway = true;
    await answer();
    isAway = false;
    await pass(3000);
    await token;
    const begins = vault.statements.flatMap((sql, at) => (sql === "begin" ? [vault.statements[at + 1]] : []));
    expect(begins.length).toBeGreaterThanOrEqual(3);
    for (const next of begins) expect(next).toMatch(/^select set_config\(name, '0', true\)/);
  });
});

describe("settling", () => {
  const begun = async () => {
    const vault = createVault();
    const made = createSource(vault);
    const controller = new AbortController();
    const token = made.source.accessToken(undefined, controller.signal);
    await made.calm();
    controller.abort("SIGTERM");
    await expect(token).rejects.toBe("SIGTERM");
    let isSettled = false;
    const settled = made.source.settle(30_000).then(() => {
      isSettled = true;
    });
    return { ...made, vault, settled, isSettled: () => isSettled };
  };

  it("waits until the new token is stored, without a word where that is soon", async () => {
    const { vault, settled, isSettled, answer, calm, events } = await begun();
    await calm();
    expect(isSettled()).toBe(false);
    await answer();
    await settled;
    expect(vault.size()).toBe(1);
    expect(events.filter(({ type }) => type === "notice")).toEqual([]);
  });

  it("says after a second what it waits for, once", async () => {
    const { vault, settled, isSettled, answer, pass, events } = await begun();
    await pass(1000);
    expect(isSettled()).toBe(false);
    expect(events.filter(({ type }) => type === "notice")).toHaveLength(1);
    await answer();
    await settled;
    expect(vault.size()).toBe(1);
  });

  it("gives up an endpoint that does not answer in time, so that nothing keeps the process", async () => {
    const { source, vault, settled, pass, asked, calm } = await begun();
    await pass(1000);
    await pass(30_000);
    await settled;
    await calm();
    expect(vault.statements.at(-1)).toBe("rollback");
    expect(asked()).toBe(1);
    await source.settle(30_000);
  });

  it("has nothing to wait for where nothing is renewed", async () => {
    const { source } = createSource(createVault());
    await source.settle(30_000);
    expect(await Promise.race([source.settle(30_000), "late"])).toBeUndefined();
  });
});
