/** Where access tokens come from. */
export interface TokenSource {
  /** A token that was valid when it was handed out; never `refused`, which the API did not accept. */
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

/** Where the tokens of one grant are kept: those that descend from one login. */
export interface Vault {
  /** Runs `work` while nobody else, on any machine, can change the tokens of this grant. What `work` writes is kept once it
   * has returned, and is not kept where it throws. */
  readonly hold: <T>(
    purpose: string,
    work: (held: HeldVault) => Promise<T>,
    manner?: HoldManner,
  ) => Promise<T>;
}

export interface HoldManner {
  /** Whether a signal must not end the work, asked at the moment a signal would: what is about to be stored would be lost
   * for good. */
  readonly uninterruptible?: boolean | (() => boolean);
  /** Whether `work` may run again from its beginning after a collision with another transaction. */
  readonly repeatable?: boolean;
}

export interface HeldVault {
  readonly read: () => Promise<Tokens | undefined>;
  /** Throws where tokens could not be stored, before new ones are asked for. */
  readonly proveWritable: () => Promise<void>;
  readonly write: (tokens: Tokens) => Promise<void>;
}
