import type { Interval } from "../plan/interval.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Changes } from "./changes.ts";

/** A moment on PostgreSQL's clock. It lies between two limits, because the clock cannot be read exactly. Milliseconds since
 * 1970. */
export interface Moment {
  readonly earliest: number;
  readonly latest: number;
}

/** A record to take from a page, and the window that it belongs to. */
export interface Taken {
  /** The position of the record in the page, from 1. */
  readonly ordinal: number;
  readonly id: string;
  readonly window: Interval;
  readonly pageNumber: number;
}

export interface PageLoad {
  readonly spec: EntitySpec;
  /** The whole answer. Characters that the database cannot hold are written as the text of their escape. */
  readonly text: string;
  /** A record exactly as it came, by its ordinal; undefined if the answer has an unusual form. */
  readonly textOf: (ordinal: number) => string | undefined;
  /** The same record as it stands in `text`. */
  readonly storableOf: (ordinal: number) => string | undefined;
  readonly taken: readonly Taken[];
  /** The earliest moment at which the page can have been requested. Milliseconds since 1970, by PostgreSQL's clock. */
  readonly askedAt: number;
  /** The latest moment at which the page can have arrived. Milliseconds since 1970, by PostgreSQL's clock. */
  readonly receivedAt: number;
  /** How far the source's clock is behind ours, in milliseconds. */
  readonly behind: number;
  readonly pageSize: number;
  readonly request: Readonly<Record<string, unknown>>;
}

/** How many records of one window a page loaded, by what happened to them. */
export interface Landed extends Changes {
  /** Start of the window, in milliseconds since 1970. */
  readonly from: number;
  /** Records with the same id as another record of this run. The key of the spec does not tell them apart. */
  readonly collided: number;
  /** Records that are not in the table although they should be. A trigger has dropped them. */
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

export interface WindowRecord extends Changes, Interval {
  readonly status: "sealed" | "open" | "failed";
  readonly pages: number;
  /** The number of records that the source has; null until the window is proven. */
  readonly sourceCount: number | null;
  readonly durationMs: number;
  readonly error: string | null;
}

/** A version of a record at the source. */
export interface Version {
  readonly id: string;
  readonly cursor: number | undefined;
}

/** The result of comparing a table with the ledger. */
export interface TableState {
  /** Records in the table. */
  readonly rows: number;
  /** The reason why the table's seals no longer count; undefined if they count. */
  readonly changed: string | undefined;
}

/** The database, as a run needs it. */
export interface Landing {
  /** Compares the table with what the ledger says it must hold. If they differ, removes the table's seals. */
  readonly verify: (spec: EntitySpec) => Promise<TableState>;
  /** Creates the landing table if it is missing. */
  readonly prepare: (spec: EntitySpec) => Promise<void>;
  /** Loads the records of a page, then writes the windows that `close` returns to the ledger, all in one transaction. `close`
   * receives what happened to the records. It must change nothing, because it is called again if the transaction is
   * repeated. */
  readonly load: (page: PageLoad, close: (loaded: Loaded) => readonly WindowRecord[]) => Promise<void>;
  /** The present by PostgreSQL's clock, the only clock that all machines share. */
  readonly now: () => Promise<Moment>;
  /** Whether the table already holds records of these spans. */
  readonly holds: (spec: EntitySpec, spans: readonly Interval[]) => Promise<boolean>;
  /** How many records the table holds in each of some adjacent windows, by their cursor. */
  readonly countByWindow: (spec: EntitySpec, windows: readonly Interval[]) => Promise<readonly number[]>;
  /** The versions that the table lacks: it holds neither this version of the record nor a newer one. */
  readonly lacking: (spec: EntitySpec, versions: readonly Version[]) => Promise<readonly Version[]>;
  /** Writes failed windows to the ledger. */
  readonly mark: (spec: EntitySpec, windows: readonly WindowRecord[], code: string) => Promise<void>;
  /** Sealed windows within the spans that were never proven, because the run ended before their proof. */
  readonly unproven: (spec: EntitySpec, spans: readonly Interval[]) => Promise<readonly WindowRecord[]>;
  /** Writes to the ledger that windows are proven: the source has `sourceCount` records in each, and the table holds them. */
  readonly recordProof: (spec: EntitySpec, windows: readonly WindowRecord[]) => Promise<void>;
  /** Deletes unsealed windows from the ledger if proven windows of another size cover them. */
  readonly tidy: (spec: EntitySpec) => Promise<void>;
  /** Removes the seals of windows whose proof failed, and of all windows that overlap them. */
  readonly unseal: (spec: EntitySpec, windows: readonly Interval[], reason: string) => Promise<void>;
  /** Runs `work` while no other process loads the table of the spec. If another process is loading it, waits or fails at once
   * with `LOCKED`, depending on the options of the run. */
  readonly locked: <T>(spec: EntitySpec, work: () => Promise<T>) => Promise<T>;
}
