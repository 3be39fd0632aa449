import { afterAll, beforeAll, expect, it } from "vitest";
import { openVault } from "../../runner/postgres/open-vault.ts";
import { lockVault } from "../../runner/postgres/vault.ts";
import { openTokenSource } from "../../runner/quickbooks/token-source.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { createVirtualClock } from "../support/in-process.ts";
import { openPool } from "../support/open-pool.ts";

let database: TestDatabase;
const key = { realmId: "1", environment: "sandbox", clientId: "client", clientSecret: "secret" };

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it("is locked for one connection at a time, per grant, whatever company or secret is given", async () => {
  const [holder, other] = await Promise.all([database.pool.connect(), database.pool.connect()]);
  try {
    await holder.query("begin");
    await lockVault(holder, key, "first token");
    await other.query("begin; set local lock_timeout = 100; savepoint before");
    await expect(
      lockVault(other, { ...key, realmId: "2", clientSecret: "mistyped" }, "first token"),
    ).rejects.toMatchObject({ code: "55P03" });
    await other.query("rollback to before");
    await lockVault(other, key, "another first token");
    await lockVault(other, { ...key, clientId: "another client" }, "first token");
    await holder.query("rollback");
    await lockVault(other, key, "first token");
  } finally {
    for (const client of [holder, other]) client.release(true);
  }
});

it("is proven to be writable before a token is requested", async () => {
  const pool = await openPool(database);
  let asked = 0;
  const json = {
    access_token: "access",
    expires_in: 3600,
    refresh_token: "refresh",
    x_refresh_token_expires_in: 8_640_000,
  };
  const { signal } = new AbortController();
  const clock = createVirtualClock();
  const tokenFrom = (firstToken: string): Promise<string> =>
    openTokenSource({
      ...clock,
      vault: openVault(pool, { key, firstToken, now: clock.now }),
      firstToken,
      signal,
      log: () => undefined,
      endpoint: { ...key, tokenUrl: "http://127.0.0.1/token" },
      send: async () => {
        asked++;
        return { ok: true, text: JSON.stringify(json), json, tid: "", date: null };
      },
    }).accessToken(undefined, signal);
  try {
    expect(await tokenFrom("first token")).toBe("access");
    await database.rows(`create function qbo.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'the vault is closed'; end $$`);
    await database.rows(
      "create trigger closed before insert or update on qbo.vault for each row execute function qbo.refuse()",
    );
    await expect(tokenFrom("another first token")).rejects.toThrow("the vault is closed");
    expect(asked).toBe(1);
  } finally {
    await pool.end();
  }
});
