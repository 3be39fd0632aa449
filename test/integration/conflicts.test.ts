import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

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

const run = (...specs: string[]) =>
  qbo(["run", ...specs, "--from", "2026-01-01", "--to", "2026-01-31"], {
    cwd: folder.path,
    env: { ...settingsOf(simulator), ...database.env },
  });

/** What was read, according to the ledger. */
const TOLD = "select sum(rows)::integer as rows, sum(pages)::integer as pages from qbo.windows";

/** Makes the next `times` writes to the table fail, as PostgreSQL does when transactions collide. */
async function collide(table: string, state: string, times: number): Promise<void> {
  await database.rows(`create sequence collisions;
create function collide() returns trigger language plpgsql as $$ begin
  if nextval('collisions') <= ${times} then raise exception 'collision' using errcode = '${state}'; end if;
  return null;
end $$;
create trigger collide before insert or update or delete on ${table} for each statement execute function collide()`);
}
const collisions = async () =>
  Number((await database.rows("select last_value from collisions"))[0]?.["last_value"]);

describe("a transaction that collides with another one", () => {
  it.each([
    ["40001", "raw.qb_customers"],
    ["40P01", "raw.qb_customers"],
    ["40001", "qbo.windows"],
    ["40001", "qbo.runs"],
  ])("is run again: %s on %s", async (state, table) => {
    await run("customers");
    const before = await database.rows(TOLD);
    await database.rows("delete from raw.qb_customers");
    await collide(table, state, 2);
    expect(await run("customers")).toMatchObject({ exitCode: 0 });
    expect(await collisions()).toBeGreaterThan(2);
    expect(await database.rows("select count(*)::integer as rows from raw.qb_customers")).toEqual([
      { rows: 22 },
    ]);
    const told = await database.rows(TOLD);
    expect(told).toEqual(before);
  });

  it("is not run again endlessly", async () => {
    await run("customers");
    await collide("raw.qb_customers", "40001", 1_000_000);
    const { exitCode, stderr } = await run("customers");
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "error[POSTGRES_FAILED] could not load a page into raw.qb_customers: collision (40001)",
    );
    expect(stderr).toContain("what to do: other transactions write the same rows");
    expect(await collisions()).toBe(5);
  });
});

it("shares a grant with rotating tokens if transactions are serializable by default", async () => {
  await database.rows(`alter database ${database.name} set default_transaction_isolation = 'serializable'`);
  simulator.control.setRotation("always", 0);
  await run("customers");
  for (let round = 0; round < 3; round++) {
    simulator.control.expireAccessTokens();
    const ran = await Promise.all([run("customers"), run("vendors"), run("invoices")]);
    expect(ran).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }, { exitCode: 0 }]);
  }
});
