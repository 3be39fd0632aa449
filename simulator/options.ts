/** The options of a simulator. All of them have a default. */
export interface SimulatorOptions {
  /** 0 uses any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Decides the amounts and dates of the seeded company. */
  readonly seed?: number;
  /** A folder of recorded query answers, `<Entity>.json`, in place of the seeded company. */
  readonly answers?: string;
  /** For each entity named here, this many generated records replace the seeded ones. */
  readonly rows?: Readonly<Record<string, number>>;
  /** The span in which generated records were last updated, as ISO instants. The end is exclusive. */
  readonly rowsFrom?: string;
  readonly rowsTo?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
  readonly realmId?: string;
  /** Delay before every API answer, in milliseconds. */
  readonly latencyMs?: number;
  /** Whether the documented request limits are enforced. An object enforces them with some changed. */
  readonly limits?: boolean | Partial<RequestLimits>;
  /** When a refresh returns a new refresh token: after a day, always, or never. */
  readonly rotation?: "daily" | "always" | "never";
  /** How long a replaced refresh token still works, in hours. */
  readonly graceHours?: number;
  /** The simulated time at the start, as an ISO instant. Real time if omitted. */
  readonly now?: string;
  /** CorePlus calls allowed per calendar month. Unlimited if omitted. */
  readonly monthlyAllowance?: number;
  /** Receives one line of text for every answered request. */
  readonly log?: (line: string) => void;
}

/** Limits per realm (QuickBooks API facts, 4.1). */
export interface RequestLimits {
  readonly perSecond: number;
  readonly perMinute: number;
  readonly inFlight: number;
  readonly batchPerMinute: number;
}

/** What a client needs to get access. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly realmId: string;
}

/** The credentials from the options, with defaults. */
export function resolveCredentials(options: SimulatorOptions): Credentials {
  return {
    clientId: options.clientId ?? "simulator-client",
    clientSecret: options.clientSecret ?? "simulator-secret",
    refreshToken: options.refreshToken ?? "simulator-refresh-token",
    realmId: options.realmId ?? "4620816365000000001",
  };
}
