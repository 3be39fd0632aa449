import type { HeldVault, Vault } from "../ports/tokens.ts";
import { type Database, inTransaction, type Queryable } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { lockVault, proveWritable, readVault, type VaultKey, writeVault } from "./vault.ts";

export interface VaultOptions {
  readonly key: VaultKey;
  /** The refresh token with which the grant began; undefined where `qbo auth login` brought it. */
  readonly firstToken: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The tokens of one grant in PostgreSQL, behind a lock that holds for all machines. */
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

/** A login is for one company; a token from the settings tells grants apart by itself. */
const grantByLogin = ({ realmId, environment }: VaultKey): string => `vault ${realmId} ${environment}`;

/** The transaction waits while the token endpoint is asked, whatever limits an administrator has set for the role. */
async function liftLimits(client: Queryable): Promise<void> {
  await client.query("select set_config(name, '0', true) from pg_settings where name = any($1)", [LIMITS]);
}

/** PostgreSQL has the last one since version 17. */
const LIMITS = [
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "transaction_timeout",
];
