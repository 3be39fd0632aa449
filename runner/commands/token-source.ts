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
  /** Ends the waits between the tries of a renewal, but none of the tries. */
  readonly signal: AbortSignal;
}

/** `QBO_REFRESH_TOKEN=vault`: the tokens come from `qbo auth login`, not from the settings. */
export const VAULT_SEED = "vault";

const emptyVault = (): RunnerError =>
  new RunnerError("QBO_GRANT_DEAD", "the vault holds no token for this company, app and environment", {
    hint: "connect the company with `qbo auth login`, or set QBO_REFRESH_TOKEN to a token",
  });

/** A token about to expire is not worth a request. */
const MARGIN_MS = 60_000;

/** Where access tokens come from, and a way to wait for a renewal that nobody asks for any more. */
export interface OwnTokenSource extends TokenSource {
  /** Waits for the renewal in flight, whose new token would be lost otherwise. After `atMostMs` the renewal is given up: an
   * endpoint that does not answer must not keep the process. */
  readonly settle: (atMostMs: number) => Promise<void>;
}

/** Access tokens from the vault, renewed under its lock. Many askers share one renewal, which none of them can abort: once
 * the token endpoint is asked, the old token may be worth nothing. An asker whose signal aborts stops waiting. */
export function openTokenSource(options: TokenSourceOptions): OwnTokenSource {
  let current: StoredTokens | undefined;
  let pending: Promise<StoredTokens> | undefined;
  const giveUp = new AbortController();
  const own: TokenSourceOptions = {
    ...options,
    signal: AbortSignal.any([options.signal, giveUp.signal]),
    send: (request) => options.send(request, giveUp.signal),
  };
  const renewed = (refused: string | undefined): Promise<StoredTokens> => {
    pending ??= renew(own, refused, giveUp.signal)
      .then((tokens) => {
        current = tokens;
        return tokens;
      })
      .finally(() => {
        pending = undefined;
      });
    // Each asker hears of a failure by itself; there may be none left.
    pending.catch(() => undefined);
    return pending;
  };
  return {
    accessToken: async (refused, signal) => {
      signal.throwIfAborted();
      if (current !== undefined && isUsable(current, refused, options.now())) return current.accessToken;
      const isShared = pending !== undefined;
      const { accessToken } = await unlessAborted(renewed(refused), signal);
      // A renewal that began for another reason may bring the very token that was refused.
      if (!isShared || accessToken !== refused) return accessToken;
      return (await unlessAborted(renewed(refused), signal)).accessToken;
    },
    settle: async (atMostMs) => {
      if (pending === undefined) return;
      const renewal = pending.then(
        () => undefined,
        () => undefined,
      );
      const timer = new AbortController();
      const wait = (ms: number): Promise<void> => options.sleep(ms, timer.signal).catch(() => undefined);
      const isLate = await Promise.race([renewal, wait(SETTLE_SILENTLY_MS).then(() => true)]);
      if (isLate === true) {
        const message = "waiting for the answer of the token endpoint: the new token must be stored";
        options.log({ type: "notice", level: "info", message });
        const isOver = await Promise.race([renewal, wait(atMostMs).then(() => true)]);
        if (isOver === true) giveUp.abort(new Error("the token endpoint does not answer"));
      }
      timer.abort();
    },
  };
}

const SETTLE_SILENTLY_MS = 1000;

/** The same promise for one of those who wait for it. */
function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

const isUsable = (tokens: StoredTokens, refused: string | undefined, now: number): boolean =>
  tokens.accessToken !== refused && tokens.accessExpiresAt - now > MARGIN_MS;

/** Whoever waited for the lock finds what the holder stored, and need not refresh. That the new pair can be stored is
 * proven before it is asked for; where storing fails all the same, it is tried again for as long as the process lives. */
async function renew(
  options: TokenSourceOptions,
  refused: string | undefined,
  givenUp: AbortSignal,
): Promise<StoredTokens> {
  const { pool, key, now, log } = options;
  const seed = lineageOf(options);
  let fresh: Tokens | undefined;
  let isAsked = false;
  const work = async (client: Queryable): Promise<StoredTokens> => {
    await liftLimits(client);
    await migrate(client);
    await lockVault(client, key, seed);
    const stored = await readVault(client, key, seed);
    if (stored !== undefined && isUsable(stored, refused, now())) return stored;
    await proveWritable(client, key, seed);
    isAsked = true;
    fresh = await refreshFrom(options, stored);
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
    await storeAgain(options, fresh, givenUp);
    return fresh;
  }
}

/** Whatever an administrator has set for the role: while the token endpoint is asked, the transaction waits. */
async function liftLimits(client: Queryable): Promise<void> {
  await client.query("select set_config(name, '0', true) from pg_settings where name = any($1)", [LIMITS]);
}

/** The last one is there since PostgreSQL 17. */
const LIMITS = [
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "transaction_timeout",
];

const STORE_TRIES = 10;
const STORE_WAIT_MS = 3000;

/** QuickBooks gave a pair, but PostgreSQL went away before it was stored. */
async function storeAgain(options: TokenSourceOptions, fresh: Tokens, givenUp: AbortSignal): Promise<void> {
  const { pool, key, now, sleep, log } = options;
  const seed = lineageOf(options);
  for (let tries = 1; ; tries++) {
    try {
      const work = async (client: Queryable): Promise<void> => {
        await liftLimits(client);
        await migrate(client);
        await lockVault(client, key, seed);
        await writeVault(client, key, seed, fresh, now());
      };
      await inTransaction(pool, "keep the new token", work, { uninterruptible: true, repeatable: true });
      return;
    } catch (error) {
      if (tries >= STORE_TRIES) throw error;
      log({ type: "waiting", reason: "the new token could not be stored yet", delay_ms: STORE_WAIT_MS });
      await sleep(STORE_WAIT_MS, givenUp);
    }
  }
}

/** A login is of one company; a token from the settings speaks for itself. */
export const lineageOf = ({ seed, key }: { seed: string; key: VaultKey }): string =>
  seed === VAULT_SEED ? `${VAULT_SEED} ${key.realmId} ${key.environment}` : seed;

async function refreshFrom(options: TokenSourceOptions, stored: StoredTokens | undefined): Promise<Tokens> {
  const { endpoint, seed, signal } = options;
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
