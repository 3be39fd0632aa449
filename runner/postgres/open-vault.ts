import type { HeldVault, Vault } from "../ports/tokens.ts";
import { type Database, inTransaction, type Queryable } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { lockVault, proveWritable, readVault, type VaultKey, writeVault } from "./vault.ts";

export interface VaultOptions {
  readonly key: VaultKey;
  /** The grant's first token, from the settings; undefined if `qbo auth login` got it. */
  readonly firstToken: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Keeps the tokens of one grant in PostgreSQL, under a lock that works across machines. */
export function openVault(pool: Database, { key, firstToken, now }: VaultOptions): Vault {
  const grant = firstToken ?? grantByLogin(key);
  const held = (client: Queryable): HeldVault => ({
    read: () => readVault(client, key, grant),
    proveWritable: () => proveWritable(client, key, grant),
    write: (tokens) => writeVault(client, key, grant, tokens, now()),
  });
  return {
    hold: (purpose, work, manner) =>
      inTransaction(
        pool,
        purpose,
        async (client) => {
          await liftLimits(client);
          await migrate(client);
          await lockVault(client, key, grant);
          return work(held(client));
        },
        manner,
      ),
  };
}

/** Identifies a grant that `qbo auth login` started. A login is for one company, so the company and the environment identify
 * it. A grant from the settings is identified by its first token. */
const grantByLogin = ({ realmId, environment }: VaultKey): string => `vault ${realmId} ${environment}`;

/** Lifts the time limits that an administrator may have set for the role, because the transaction stays open while it waits
 * for the token endpoint. */
async function liftLimits(client: Queryable): Promise<void> {
  await client.query("select set_config(name, '0', true) from pg_settings where name = any($1)", [LIMITS]);
}

/** `transaction_timeout` exists since PostgreSQL 17. */
const LIMITS = [
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "transaction_timeout",
];
