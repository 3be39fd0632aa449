import { type Database, type Queryable, runStatement } from "./connect.ts";

const TABLE_EXISTS = "select to_regclass($1) is not null as exists";

/** Whether a table exists. `db` is a pool, or the client of a transaction; `name` is quoted wherever SQL needs it. */
export async function tableExists(db: Database | Queryable, name: string): Promise<boolean> {
  const rows =
    "lease" in db
      ? await runStatement<{ exists: boolean }>(db, `look for the table ${name}`, TABLE_EXISTS, [name])
      : (await db.query<{ exists: boolean }>(TABLE_EXISTS, [name])).rows;
  return rows[0]?.exists === true;
}
