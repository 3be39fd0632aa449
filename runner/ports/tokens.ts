import type { TransactionManner } from "./manner.ts";

/** Provides access tokens. */
export interface TokenSource {
  /** Returns a token that is valid at this moment. `refused` is a token that the API did not accept; it is never returned. */
  readonly accessToken: (refused: string | undefined, signal: AbortSignal) => Promise<string>;
}

/** A pair of tokens. Times in milliseconds since 1970. */
export interface Tokens {
  readonly accessToken: string;
  readonly accessExpiresAt: number;
  readonly refreshToken: string;
  /** 100 days after the last refresh (QuickBooks API facts, 1.4). */
  readonly refreshExpiresAt: number;
}

/** Keeps the tokens of one grant, that is, all tokens that descend from one login. */
export interface Vault {
  /** Runs `work` while nobody else, on any machine, can change the tokens of this grant. Tokens that `work` writes are kept
   * when it returns, and discarded if it throws. */
  readonly hold: <T>(
    purpose: string,
    work: (held: HeldVault) => Promise<T>,
    manner?: TransactionManner,
  ) => Promise<T>;
}

export interface HeldVault {
  readonly read: () => Promise<Tokens | undefined>;
  /** Throws if tokens could not be stored. To be called before new tokens are requested. */
  readonly proveWritable: () => Promise<void>;
  readonly write: (tokens: Tokens) => Promise<void>;
}
