import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import type { HeldVault, TokenSource, Tokens, Vault } from "../ports/tokens.ts";
import { DeadGrant, type RefreshPorts, refresh, type TokenEndpoint } from "./tokens.ts";

export interface TokenSourceOptions extends RefreshPorts {
  readonly vault: Vault;
  readonly endpoint: TokenEndpoint;
  /** The grant's first token, from the settings; undefined if `qbo auth login` got it. */
  readonly firstToken: string | undefined;
  readonly log: Log;
  /** Ends the pauses between the attempts of a renewal, but never an attempt itself. */
  readonly signal: AbortSignal;
}

const emptyVault = (): RunnerError =>
  new RunnerError("QBO_GRANT_DEAD", "the vault holds no token for this company, app and environment", {
    hint: "connect the company with `qbo auth login`, or set QBO_REFRESH_TOKEN to a refresh token",
  });

/** A token that expires within this time is not used any more. */
const MARGIN_MS = 60_000;

/** Provides access tokens, and can wait for a renewal whose result nobody waits for any more. */
export interface SettlingTokenSource extends TokenSource {
  /** Waits for a renewal that is under way, because its new token would be lost otherwise. After `atMostMs` the renewal is
   * given up, so that an endpoint that does not answer cannot keep the process from ending. */
  readonly settle: (atMostMs: number) => Promise<void>;
}

/** Provides access tokens from the vault and renews them under its lock. All callers share one renewal. None of them can
 * abort it, because the old token may be worthless once the token endpoint was asked. A caller whose signal aborts only stops
 * waiting. */
export function openTokenSource(options: TokenSourceOptions): SettlingTokenSource {
  let current: Tokens | undefined;
  let pending: Promise<Tokens> | undefined;
  const giveUp = new AbortController();
  const own: TokenSourceOptions = {
    ...options,
    signal: AbortSignal.any([options.signal, giveUp.signal]),
    send: (request) => options.send(request, giveUp.signal),
  };
  const renewed = (refused: string | undefined): Promise<Tokens> => {
    pending ??= renew(own, refused, giveUp.signal)
      .then((tokens) => {
        current = tokens;
        return tokens;
      })
      .finally(() => {
        pending = undefined;
      });
    // Callers handle a failure themselves. This handler is for the case that no caller waits any more.
    pending.catch(() => undefined);
    return pending;
  };
  return {
    accessToken: async (refused, signal) => {
      signal.throwIfAborted();
      if (current !== undefined && isUsable(current, refused, options.now())) return current.accessToken;
      const isShared = pending !== undefined;
      const { accessToken } = await unlessAborted(renewed(refused), signal);
      // A renewal that started for another reason may return the token that was refused.
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
        const message = "waiting for the answer of the token endpoint, because the new token must be stored";
        options.log({ type: "notice", level: "info", message });
        const isOver = await Promise.race([renewal, wait(atMostMs).then(() => true)]);
        if (isOver === true) giveUp.abort(new Error("the token endpoint does not answer"));
      }
      timer.abort();
    },
  };
}

/** How long `settle` waits before it logs what it waits for. */
const SETTLE_SILENTLY_MS = 1000;

/** Waits for a shared promise on behalf of one caller, until the caller's signal aborts. */
function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

const isUsable = (tokens: Tokens, refused: string | undefined, now: number): boolean =>
  tokens.accessToken !== refused && tokens.accessExpiresAt - now > MARGIN_MS;

/** Renews the tokens under the lock of the vault. If another process has renewed them while this one waited for the lock, its
 * tokens are used. Before a new pair is requested, this proves that it can be stored. If storing it fails all the same, it is
 * tried again. */
async function renew(
  options: TokenSourceOptions,
  refused: string | undefined,
  givenUp: AbortSignal,
): Promise<Tokens> {
  const { vault, now, log } = options;
  let fresh: Tokens | undefined;
  let isRequested = false;
  const work = async (held: HeldVault): Promise<Tokens> => {
    const stored = await held.read();
    if (stored !== undefined && isUsable(stored, refused, now())) return stored;
    await held.proveWritable();
    isRequested = true;
    fresh = await refreshFrom(options, stored);
    await held.write(fresh);
    log({
      type: "token_refreshed",
      rotated: fresh.refreshToken !== (stored?.refreshToken ?? options.firstToken),
    });
    return fresh;
  };
  try {
    return await vault.hold("renew the access token", work, { uninterruptible: () => isRequested });
  } catch (error) {
    if (fresh === undefined) throw error;
    await storeAgain(options, fresh, givenUp);
    return fresh;
  }
}

const STORE_TRIES = 10;
const STORE_WAIT_MS = 3000;

/** Stores a new pair that could not be stored at first, because PostgreSQL went away after QuickBooks had sent the pair.
 * Tries it `STORE_TRIES` times, with pauses, and then throws the failure. */
async function storeAgain(options: TokenSourceOptions, fresh: Tokens, givenUp: AbortSignal): Promise<void> {
  const { vault, sleep, log } = options;
  for (let tries = 1; ; tries++) {
    try {
      await vault.hold("keep the new token", (held) => held.write(fresh), {
        uninterruptible: true,
        repeatable: true,
      });
      return;
    } catch (error) {
      if (tries >= STORE_TRIES) throw error;
      log({ type: "waiting", reason: "the new token could not be stored yet", delay_ms: STORE_WAIT_MS });
      await sleep(STORE_WAIT_MS, givenUp);
    }
  }
}

/** Requests new tokens with the stored refresh token, or with the first token if nothing is stored. */
async function refreshFrom(options: TokenSourceOptions, stored: Tokens | undefined): Promise<Tokens> {
  const { endpoint, firstToken, signal } = options;
  if (stored === undefined) {
    if (firstToken === undefined) throw emptyVault();
    return refresh(endpoint, firstToken, options, signal);
  }
  try {
    return await refresh(endpoint, stored.refreshToken, options, signal);
  } catch (error) {
    // If an earlier answer was lost, the stored token is dead, but the first token may still work.
    const isLast = firstToken === undefined || stored.refreshToken === firstToken;
    if (!(error instanceof DeadGrant) || isLast) throw error;
    return refresh(endpoint, firstToken, options, signal);
  }
}
