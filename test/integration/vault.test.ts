import { afterAll, beforeAll, expect, it } from "vitest";
import { lockVault } from "../../runner/postgres/vault.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
const key = { realmId: "1", environment: "sandbox", clientId: "client", clientSecret: "secret" };

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it("is locked for one connection at a time, by lineage, whatever company or secret is given", async () => {
  const [holder, other] = await Promise.all([database.pool.connect(), database.pool.connect()]);
  try {
    await holder.query("begin");
    await lockVault(holder, key, "seed");
    await other.query("begin; set local lock_timeout = 100; savepoint before");
    await expect(
      lockVault(other, { ...key, realmId: "2", clientSecret: "mistyped" }, "seed"),
    ).rejects.toMatchObject({ code: "55P03" });
    await other.query("rollback to before");
    await lockVault(other, key, "another seed");
    await lockVault(other, { ...key, clientId: "another client" }, "seed");
    await holder.query("rollback");
    await lockVault(other, key, "seed");
  } finally {
    for (const client of [holder, other]) client.release(true);
  }
});
