import type { Interval } from "../plan/interval.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Changes } from "./changes.ts";

/** A moment by PostgreSQL's clock, which is known within limits only. Milliseconds since 1970. */
export interface Moment {
  readonly earliest: number;
  readonly latest: number;
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
  /** A record as it came, by its ordinal; undefined where the answer has an unusual form. */
  readonly textOf: (ordinal: number) => string | undefined;
  /** The same in the form in which `text` holds it: with characters that the database cannot hold as text. */
  readonly storableOf: (ordinal: number) => string | undefined;
  readonly taken: readonly Taken[];
  /** The earliest moment at which the page can have been asked for, and the latest at which it can have arrived. */
  readonly askedAt: number;
  readonly receivedAt: number;
  readonly behind: number;
  readonly pageSize: number;
  readonly request: Readonly<Record<string, unknown>>;
}

/** What became of the records of one window in one page. */
export interface Landed extends Changes {
  /** Start of the window. */
  readonly from: number;
  /** Records whose id another record of this run has already: the key of the spec does not tell them apart. */
  readonly collided: number;
  /** Records that are not in the table although nothing spoke against it: a trigger has dropped them. */
  readonly discarded: number;
}

/** A record that the database cannot hold. It is kept as text. */
export interface Rejected {
  readonly id: string;
  readonly window: Interval;
  readonly reason: string;
}

export interface Loaded {
  readonly landed: readonly Landed[];
  readonly rejected: readonly Rejected[];
}

export interface WindowRecord extends Changes {
  readonly from: number;
  readonly to: number;
  readonly status: "sealed" | "open" | "failed";
  readonly pages: number;
  /** Records at the source, once the window is proven. */
  readonly sourceCount: number | null;
  readonly durationMs: number;
  readonly error: string | null;
}

/** A version of a record at the source. */
export interface Version {
  readonly id: string;
  readonly cursor: number | undefined;
}

/** What the ledger and the table say of each other. */
export interface TableState {
  /** Records in the table. */
  readonly rows: number;
  /** Why no seal of the table counts any more; undefined where they count. */
  readonly changed: string | undefined;
}

/** What the run needs of the database. */
export interface Landing {
  /** Compares the table with what the ledger says it must hold, and takes the seals off where they differ. */
  readonly verify: (spec: EntitySpec) => Promise<TableState>;
  /** Creates the landing table where it is missing. */
  readonly prepare: (spec: EntitySpec) => Promise<void>;
  /** One transaction: the records of the page, then the windows that `close` makes of what became of them. `close` must
   * change nothing: where the transaction has to be repeated, it is asked again. */
  readonly load: (page: PageLoad, close: (loaded: Loaded) => readonly WindowRecord[]) => Promise<void>;
  /** The present by the one clock that all machines share. */
  readonly now: () => Promise<Moment>;
  /** Whether the table holds records of these spans already. */
  readonly holds: (spec: EntitySpec, spans: readonly Interval[]) => Promise<boolean>;
  /** Records in the table in each of adjacent windows, by their cursor. */
  readonly countByWindow: (spec: EntitySpec, windows: readonly Interval[]) => Promise<readonly number[]>;
  /** Those of the versions that the table holds neither as they are nor newer. */
  readonly lacking: (spec: EntitySpec, versions: readonly Version[]) => Promise<readonly Version[]>;
  /** Records windows that failed. */
  readonly mark: (spec: EntitySpec, windows: readonly WindowRecord[], code: string) => Promise<void>;
  /** Sealed windows within the spans whose proof was not reached: the run ended before it. */
  readonly unproven: (spec: EntitySpec, spans: readonly Interval[]) => Promise<readonly WindowRecord[]>;
  /** Records that the source has as many records as `sourceCount` says, and that the table holds them. */
  readonly prove: (spec: EntitySpec, windows: readonly WindowRecord[]) => Promise<void>;
  /** Forgets windows that are not sealed where sealed ones of another cut cover them. */
  readonly tidy: (spec: EntitySpec) => Promise<void>;
  /** Takes the seal off windows that a proof found wanting, and off those of another cut that touch them. */
  readonly unseal: (spec: EntitySpec, windows: readonly Interval[], reason: string) => Promise<void>;
  /** Runs `work` while no other process loads the table of the spec; waits for it, or fails at once with `LOCKED`. */
  readonly locked: <T>(spec: EntitySpec, work: () => Promise<T>) => Promise<T>;
}
