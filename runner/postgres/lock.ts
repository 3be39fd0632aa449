import type pg from "pg";
import { RunnerError } from "../errors.ts";
import { postgresError } from "./connect.ts";

/** Runs `work` while no other process loads the table. The lock dies with the connection, so a crash frees it. */
export async function withTableLock<T>(pool: pg.Pool, tableName: string, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw postgresError(`lock ${tableName}`, cause);
  });
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on("error", onError);
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      "select pg_try_advisory_lock($1, hashtext($2)) as locked",
      [TABLE_LOCKS, tableName],
    );
    if (rows[0]?.locked !== true) throw await heldBy(client, tableName);
    return await work();
  } finally {
    await client
      .query("select pg_advisory_unlock($1, hashtext($2))", [TABLE_LOCKS, tableName])
      .catch((error: Error) => onError(error));
    client.off("error", onError);
    client.release(broken);
  }
}

/** The first half of the lock's number: "qbo". */
const TABLE_LOCKS = 0x71_62_6f;

async function heldBy(client: pg.ClientBase, tableName: string): Promise<RunnerError> {
  const { rows } = await client.query<{ holder: string; pid: number }>(
    `select application_name as holder, pg_stat_activity.pid from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and classid = $1 and objid::bigint = hashtext($2)::bigint & 4294967295 and granted`,
    [TABLE_LOCKS, tableName],
  );
  const [row] = rows;
  const holder = row === undefined ? "another run" : `"${row.holder}" (PostgreSQL process ${row.pid})`;
  return new RunnerError("LOCKED", `${tableName} is being loaded by ${holder}`, {
    hint: "wait until it has finished, then run the same command again",
  });
}
