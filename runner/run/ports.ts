import type { Interval } from "../plan/interval.ts";
import type { EntitySpec } from "../spec/types.ts";

/** What the run needs of the API. */
export interface Source {
  /** Throws `PageRefused` where a smaller page might be had. */
  readonly page: (statement: string, answerKey: string, signal: AbortSignal) => Promise<SourcePage>;
  readonly count: (statement: string, signal: AbortSignal) => Promise<number>;
  /** Requests sent so far. */
  readonly calls: () => number;
}

/** The records of a page, each parsed when it is asked for. */
export interface Records {
  readonly length: number;
  readonly at: (index: number) => unknown;
  readonly map: <T>(visit: (record: unknown, index: number) => T) => T[];
}

export interface SourcePage {
  /** The whole answer as it came. */
  readonly text: string;
  readonly records: Records;
  /** When the answer was complete, and when it was asked for by whichever clock is behind. Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly asOf: number;
  /** By how much the source's clock is behind ours; milliseconds. */
  readonly behind: number;
}

/** A record to take from a page, and where it belongs. */
export interface Taken {
  readonly ordinal: number;
  readonly id: string;
  readonly window: Interval;
  readonly pageNumber: number;
}

export interface PageLoad {
  readonly spec: EntitySpec;
  readonly text: string;
  readonly taken: readonly Taken[];
  readonly receivedAt: number;
  readonly behind: number;
  readonly pageSize: number;
  readonly request: Readonly<Record<string, unknown>>;
}

/** What became of the records of one window in one page. */
export interface Landed {
  /** Start of the window. */
  readonly from: number;
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly stale: number;
  /** Records whose id another record of this run has already: the key of the spec does not tell them apart. */
  readonly collided: number;
}

export interface WindowRecord extends Omit<Landed, "from" | "collided"> {
  readonly from: number;
  readonly to: number;
  readonly status: "sealed" | "open" | "failed";
  readonly pages: number;
  readonly sourceCount: number | null;
  readonly durationMs: number;
  readonly error: string | null;
}

/** What the run needs of the database. */
export interface Landing {
  /** Creates the landing table where it is missing. */
  readonly prepare: (spec: EntitySpec) => Promise<void>;
  /** One transaction: the records of the page, then the windows that `close` makes of what became of them. */
  readonly load: (
    page: PageLoad,
    close: (landed: readonly Landed[]) => readonly WindowRecord[],
  ) => Promise<void>;
  /** Whether the table holds records of these spans already. */
  readonly holds: (spec: EntitySpec, spans: readonly Interval[]) => Promise<boolean>;
  /** Records in the table in each of adjacent windows, by their cursor. */
  readonly countByWindow: (spec: EntitySpec, windows: readonly Interval[]) => Promise<readonly number[]>;
  /** Records windows that failed. */
  readonly mark: (spec: EntitySpec, windows: readonly WindowRecord[], code: string) => Promise<void>;
  /** Sealed windows within the spans whose proof was not reached: the run ended before it. */
  readonly unproven: (spec: EntitySpec, spans: readonly Interval[]) => Promise<readonly WindowRecord[]>;
  /** Records that the source counts as many records as were read. */
  readonly prove: (spec: EntitySpec, windows: readonly WindowRecord[]) => Promise<void>;
  /** Forgets windows that are not sealed where sealed ones of another cut cover them. */
  readonly tidy: (spec: EntitySpec) => Promise<void>;
  /** Takes the seal off windows that a proof found wanting, and off those of another cut that touch them. */
  readonly unseal: (spec: EntitySpec, windows: readonly Interval[], reason: string) => Promise<void>;
  /** Runs `work` while no other process loads the table of the spec; waits for it, or fails at once with `LOCKED`. */
  readonly locked: <T>(spec: EntitySpec, work: () => Promise<T>) => Promise<T>;
}
