import type pg from "pg";
import { describe, expect, it } from "vitest";
import type { Database, Queryable } from "./connect.ts";
import { MIGRATIONS } from "./migrate.ts";
import { openVault } from "./open-vault.ts";

const key = { realmId: "1", environment: "simulator", clientId: "id", clientSecret: "secret" };
const TOKENS = { accessToken: "a", accessExpiresAt: 1, refreshToken: "r", refreshExpiresAt: 2 };

/** A database that records the statements that it receives, and the grants that they concern. */
function createDatabase() {
  const statements: string[] = [];
  const grants = new Set<unknown>();
  const client: Queryable = {
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
      statements.push(sql);
      if (sql.startsWith("insert into qbo.vault")) grants.add(values[1]);
      const rows = sql.includes("to_regclass") ? [{ exists: true }] : [{ version: MIGRATIONS.length }];
      const found: unknown = { rows };
      return found as pg.QueryResult<Row>;
    },
  };
  const lease = {
    queryable: () => client,
    isBroken: () => false,
    condemn: () => undefined,
    release: () => undefined,
  };
  const pool: Database = { lease: async () => lease, end: async () => undefined };
  return { pool, statements, grants };
}

describe("holding the vault", () => {
  it("first lifts the limits of the server, then takes the lock of the grant, then reads", async () => {
    const { pool, statements } = createDatabase();
    const vault = openVault(pool, { key, firstToken: "first", now: () => 0 });
    await vault.hold("keep a token", (held) => held.write(TOKENS));
    const [begin, limits] = statements;
    expect(begin).toBe("begin");
    expect(limits).toMatch(/^select set_config\(name, '0', true\)/);
    const lock = statements.findIndex((sql) => sql.startsWith("select pg_advisory_xact_lock"));
    const write = statements.findIndex((sql) => sql.startsWith("insert into qbo.vault"));
    expect(lock).toBeGreaterThan(1);
    expect(write).toBeGreaterThan(lock);
    expect(statements.at(-1)).toBe("commit");
  });

  it("keeps nothing if the work fails", async () => {
    const { pool, statements } = createDatabase();
    const vault = openVault(pool, { key, firstToken: "first", now: () => 0 });
    const failing = vault.hold("keep a token", () => Promise.reject(new Error("the endpoint is away")));
    await expect(failing).rejects.toThrow("the endpoint is away");
    expect(statements.at(-1)).toBe("rollback");
  });

  it("identifies a grant by its first token, or by company and environment if a login started it", async () => {
    const { pool, grants } = createDatabase();
    const write = (firstToken: string | undefined, realmId = "1", environment = "simulator") =>
      openVault(pool, { key: { ...key, realmId, environment }, firstToken, now: () => 0 }).hold(
        "keep a token",
        (held) => held.write(TOKENS),
      );
    await write("first");
    await write("first", "2", "prod");
    expect(grants.size).toBe(1);
    await write("another");
    expect(grants.size).toBe(2);
    await write(undefined);
    await write(undefined, "2");
    await write(undefined, "1", "prod");
    expect(grants.size).toBe(5);
  });
});
