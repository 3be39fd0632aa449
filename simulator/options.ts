/** How a simulator is set up. Everything has a default. */
export interface SimulatorOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Decides the amounts and dates of the seeded company. */
  readonly seed?: number;
  /** A folder of recorded query answers, `<Entity>.json`, in place of the seeded company. */
  readonly answers?: string;
  /** Entities to hold this many generated records instead of the seeded ones. */
  readonly rows?: Readonly<Record<string, number>>;
  /** The span over which generated records were last updated, ISO instants; the end is exclusive. */
  readonly rowsFrom?: string;
  readonly rowsTo?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
  readonly realmId?: string;
  /** Added to every API answer, milliseconds. */
  readonly latencyMs?: number;
  /** Whether the documented request limits are enforced; an object changes some of them. */
  readonly limits?: boolean | Partial<RequestLimits>;
  /** When a refresh gives a new refresh token: after a day, at once, or never. */
  readonly rotation?: "daily" | "always" | "never";
  /** How long a replaced refresh token still works, hours. */
  readonly graceHours?: number;
  /** What the simulated clock shows at the start, an ISO instant; real time when left out. */
  readonly now?: string;
  /** CorePlus calls allowed per calendar month; unlimited when left out. */
  readonly monthlyAllowance?: number;
  /** Takes one line of text for every request answered. */
  readonly log?: (line: string) => void;
}

/** Limits per realm (QuickBooks API facts, 4.1). */
export interface RequestLimits {
  readonly perSecond: number;
  readonly perMinute: number;
  readonly inFlight: number;
  readonly batchPerMinute: number;
}

/** What a client needs to be let in. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly realmId: string;
}

/** The credentials asked for, with defaults. */
export function resolveCredentials(options: SimulatorOptions): Credentials {
  return {
    clientId: options.clientId ?? "simulator-client",
    clientSecret: options.clientSecret ?? "simulator-secret",
    refreshToken: options.refreshToken ?? "simulator-refresh-token",
    realmId: options.realmId ?? "4620816365000000001",
  };
}
