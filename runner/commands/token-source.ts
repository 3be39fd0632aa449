import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import { type Database, inTransaction, type Queryable } from "../postgres/connect.ts";
import { migrate } from "../postgres/migrate.ts";
import {
  lockVault,
  proveWritable,
  readVault,
  type StoredTokens,
  type VaultKey,
  writeVault,
} from "../postgres/vault.ts";
import type { TokenSource } from "../quickbooks/client.ts";
import {
  DeadGrant,
  type RefreshPorts,
  refresh,
  type TokenEndpoint,
  type Tokens,
} from "../quickbooks/tokens.ts";

export interface TokenSourceOptions extends RefreshPorts {
  readonly pool: Database;
  readonly endpoint: TokenEndpoint;
  readonly key: VaultKey;
  /** The refresh token of the settings, from which a lineage starts. */
  readonly seed: string;
  readonly log: Log;
}

/** `QBO_REFRESH_TOKEN=vault`: the tokens come from `qbo auth login`, not from the settings. */
export const VAULT_SEED = "vault";

const emptyVault = (): RunnerError =>
  new RunnerError("QBO_GRANT_DEAD", "the vault holds no token for this company, app and environment", {
    hint: "connect the company with `qbo auth login`, or set QBO_REFRESH_TOKEN to a token",
  });

/** A token about to expire is not worth a request. */
const MARGIN_MS = 60_000;

/** Access tokens from the vault, renewed under its lock. Many askers share one renewal. */
export function openTokenSource(options: TokenSourceOptions): TokenSource {
  let current: StoredTokens | undefined;
  let pending: Promise<StoredTokens> | undefined;
  return {
    accessToken: async (refused, signal) => {
      if (current === undefined || !isUsable(current, refused, options.now())) {
        pending ??= renew(options, refused, signal).finally(() => {
          pending = undefined;
        });
        current = await pending;
      }
      return current.accessToken;
    },
  };
}

const isUsable = (tokens: StoredTokens, refused: string | undefined, now: number): boolean =>
  tokens.accessToken !== refused && tokens.accessExpiresAt - now > MARGIN_MS;

/** Whoever waited for the lock finds what the holder stored, and need not refresh. That the new pair can be stored is
 * proven before it is asked for; where storing fails all the same, it is tried again for as long as the process lives. */
async function renew(
  options: TokenSourceOptions,
  refused: string | undefined,
  signal: AbortSignal,
): Promise<StoredTokens> {
  const { pool, key, now, log } = options;
  const seed = lineageOf(options);
  let fresh: Tokens | undefined;
  let isAsked = false;
  const work = async (client: Queryable): Promise<StoredTokens> => {
    await migrate(client);
    await lockVault(client, key, seed);
    const stored = await readVault(client, key, seed);
    if (stored !== undefined && isUsable(stored, refused, now())) return stored;
    await proveWritable(client, key, seed);
    isAsked = true;
    fresh = await refreshFrom(options, stored, signal);
    await writeVault(client, key, seed, fresh, now());
    log({
      type: "token_refreshed",
      rotated: fresh.refreshToken !== (stored?.refreshToken ?? options.seed),
    });
    return fresh;
  };
  try {
    return await inTransaction(pool, "renew the access token", work, { uninterruptible: () => isAsked });
  } catch (error) {
    if (fresh === undefined) throw error;
    await storeAgain(options, fresh, signal);
    return fresh;
  }
}

const STORE_TRIES = 10;
const STORE_WAIT_MS = 3000;

/** QuickBooks gave a pair, but PostgreSQL went away before it was stored. */
async function storeAgain(options: TokenSourceOptions, fresh: Tokens, signal: AbortSignal): Promise<void> {
  const { pool, key, now, sleep, log } = options;
  const seed = lineageOf(options);
  for (let tries = 1; ; tries++) {
    try {
      const work = async (client: Queryable): Promise<void> => {
        await migrate(client);
        await lockVault(client, key, seed);
        await writeVault(client, key, seed, fresh, now());
      };
      await inTransaction(pool, "keep the new token", work, { uninterruptible: true, repeatable: true });
      return;
    } catch (error) {
      if (tries >= STORE_TRIES) throw error;
      log({ type: "waiting", reason: "the new token could not be stored yet", delay_ms: STORE_WAIT_MS });
      await sleep(STORE_WAIT_MS, signal);
    }
  }
}

/** A login is of one company; a token from the settings speaks for itself. */
export const lineageOf = ({ seed, key }: { seed: string; key: VaultKey }): string =>
  seed === VAULT_SEED ? `${VAULT_SEED} ${key.realmId} ${key.environment}` : seed;

async function refreshFrom(
  options: TokenSourceOptions,
  stored: StoredTokens | undefined,
  signal: AbortSignal,
): Promise<Tokens> {
  const { endpoint, seed } = options;
  if (stored === undefined && seed === VAULT_SEED) throw emptyVault();
  if (stored === undefined) return refresh(endpoint, seed, options, signal);
  try {
    return await refresh(endpoint, stored.refreshToken, options, signal);
  } catch (error) {
    // The lineage is dead, but its seed may live on: an answer that was lost leaves it so.
    if (!(error instanceof DeadGrant) || stored.refreshToken === seed) throw error;
    return refresh(endpoint, seed, options, signal);
  }
}
