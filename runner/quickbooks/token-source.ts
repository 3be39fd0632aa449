import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import type { HeldVault, TokenSource, Tokens, Vault } from "../ports/tokens.ts";
import { DeadGrant, type RefreshPorts, refresh, type TokenEndpoint } from "./tokens.ts";

export interface TokenSourceOptions extends RefreshPorts {
  readonly vault: Vault;
  readonly endpoint: TokenEndpoint;
  /** The refresh token of the settings, with which the grant began; undefined where `qbo auth login` brought it. */
  readonly firstToken: string | undefined;
  readonly log: Log;
  /** Ends the waits between the tries of a renewal, but none of the tries. */
  readonly signal: AbortSignal;
}

const emptyVault = (): RunnerError =>
  new RunnerError("QBO_GRANT_DEAD", "the vault holds no token for this company, app and environment", {
    hint: "connect the company with `qbo auth login`, or set QBO_REFRESH_TOKEN to a token",
  });

/** A token about to expire is not worth a request. */
const MARGIN_MS = 60_000;

/** Where access tokens come from, and a way to wait for a renewal that nobody asks for any more. */
export interface SettlingTokenSource extends TokenSource {
  /** Waits for the renewal in flight, whose new token would be lost otherwise. After `atMostMs` the renewal is given up: an
   * endpoint that does not answer must not keep the process. */
  readonly settle: (atMostMs: number) => Promise<void>;
}

/** Access tokens from the vault, renewed under its lock. Many askers share one renewal, which none of them can abort: once
 * the token endpoint is asked, the old token may be worth nothing. An asker whose signal aborts stops waiting. */
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

const isUsable = (tokens: Tokens, refused: string | undefined, now: number): boolean =>
  tokens.accessToken !== refused && tokens.accessExpiresAt - now > MARGIN_MS;

/** Whoever waited for the lock finds what the holder stored, and need not refresh. That the new pair can be stored is
 * proven before it is asked for; where storing fails all the same, it is tried again for as long as the process lives. */
async function renew(
  options: TokenSourceOptions,
  refused: string | undefined,
  givenUp: AbortSignal,
): Promise<Tokens> {
  const { vault, now, log } = options;
  let fresh: Tokens | undefined;
  let isAsked = false;
  const work = async (held: HeldVault): Promise<Tokens> => {
    const stored = await held.read();
    if (stored !== undefined && isUsable(stored, refused, now())) return stored;
    await held.proveWritable();
    isAsked = true;
    fresh = await refreshFrom(options, stored);
    await held.write(fresh);
    log({
      type: "token_refreshed",
      rotated: fresh.refreshToken !== (stored?.refreshToken ?? options.firstToken),
    });
    return fresh;
  };
  try {
    return await vault.hold("renew the access token", work, { uninterruptible: () => isAsked });
  } catch (error) {
    if (fresh === undefined) throw error;
    await storeAgain(options, fresh, givenUp);
    return fresh;
  }
}

const STORE_TRIES = 10;
const STORE_WAIT_MS = 3000;

/** QuickBooks gave a pair, but PostgreSQL went away before it was stored. */
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

async function refreshFrom(options: TokenSourceOptions, stored: Tokens | undefined): Promise<Tokens> {
  const { endpoint, firstToken, signal } = options;
  if (stored === undefined) {
    if (firstToken === undefined) throw emptyVault();
    return refresh(endpoint, firstToken, options, signal);
  }
  try {
    return await refresh(endpoint, stored.refreshToken, options, signal);
  } catch (error) {
    // An answer that was lost leaves the stored token dead, but the first token may live on.
    const isLast = firstToken === undefined || stored.refreshToken === firstToken;
    if (!(error instanceof DeadGrant) || isLast) throw error;
    return refresh(endpoint, firstToken, options, signal);
  }
}
