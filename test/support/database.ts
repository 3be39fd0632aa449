import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

export interface TestDatabase {
  readonly name: string;
  readonly pool: pg.Pool;
  /** The settings with which the runner finds it. */
  readonly env: Readonly<Record<string, string>>;
  readonly rows: <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  readonly drop: () => Promise<void>;
}

/** Creates an empty database on the server of the tests. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = inject("postgres");
  const name = `t_${randomBytes(6).toString("hex")}`;
  await asAdmin(`create database ${name}`);
  const pool = new pg.Pool({ ...server, database: name, max: 4 });
  pool.on("error", () => undefined);
  const { host, port, user, password } = server;
  return {
    name,
    pool,
    env: {
      POSTGRES_HOST: host,
      POSTGRES_PORT: String(port),
      POSTGRES_DB: name,
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
    },
    rows: async (sql, values = []) => (await pool.query(sql, [...values])).rows,
    drop: async () => {
      await pool.end();
      await asAdmin(`drop database ${name} with (force)`);
    },
  };
}

/** Runs one statement as administrator, outside the databases of the tests. */
export async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client(inject("postgres"));
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
