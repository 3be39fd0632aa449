import { inject } from "vitest";
import { type ConnectOptions, connect, type Database } from "../../runner/postgres/connect.ts";
import type { TestDatabase } from "./database.ts";

/** The runner's own connections to a database, without a command. */
export function openPool(
  { name }: TestDatabase,
  { port = inject("postgres").port, max = 2, ...options }: PoolOptions = {},
): Promise<Database> {
  const settings = { ...inject("postgres"), port, database: name, sslMode: "disable" as const };
  return connect(settings, "qbo case", max, {
    log: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
}

interface PoolOptions extends Partial<ConnectOptions> {
  /** Another way to the same server. */
  readonly port?: number;
  readonly max?: number;
}
