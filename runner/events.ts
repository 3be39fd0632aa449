import type { FailureCode } from "./errors.ts";
import type { Changes } from "./ports/changes.ts";

/** The numbers of a window, an entity or a whole run. `pages` counts the pages that held at least one record. Durations
 * are in milliseconds. */
export interface Metrics extends Changes {
  readonly pages: number;
  readonly duration_ms: number;
}

export interface WindowResult extends Metrics {
  readonly window_start_utc: string;
  readonly window_end_utc: string;
  readonly status: "sealed" | "open" | "failed";
  readonly error: string | null;
  /** Records in RAW that are no longer in this window at the source; known once the whole entity has been read. */
  readonly vanished: number;
}

export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string | null;
}

/** `not available` means that the company's edition does not have the entity; that is not a failure. */
export type EntityStatus = "success" | "partial success" | "error" | "skipped" | "not available";

export interface EntityResult extends Metrics {
  readonly name: string;
  readonly file: string;
  readonly entity: string;
  readonly table: string;
  readonly status: EntityStatus;
  /** Requests to the query endpoint. */
  readonly calls: number;
  /** Records that the API counts in the sealed windows; null if no count was needed or possible. */
  readonly source_count: number | null;
  /** Records with characters that PostgreSQL cannot store in JSON; the characters are kept in an escaped form. */
  readonly escaped: number;
  /** Records that PostgreSQL cannot store; they are kept as text in `qbo.rejected`. */
  readonly rejected: number;
  /** Records in RAW that are no longer in their window at the source. */
  readonly vanished: number;
  readonly windows: readonly WindowResult[];
  readonly failure: Failure | null;
}

export interface Summary {
  readonly status: "success" | "partial" | "error" | "cancelled";
  readonly counts: {
    readonly pass: number;
    readonly partial: number;
    readonly error: number;
    readonly skip: number;
    readonly total: number;
  };
  readonly totals:
    | (Metrics & {
        readonly calls: number;
        readonly windows: number;
        readonly escaped: number;
        readonly rejected: number;
        readonly vanished: number;
      })
    | null;
  readonly failure: Failure | null;
}

/** The counts of a command that loaded no entity. */
export const NO_COUNTS: Summary["counts"] = { pass: 0, partial: 0, error: 0, skip: 0, total: 0 };

/** The outcome of one test of `qbo test`. */
export interface TestResult {
  /** The spec and the test, such as `customers.counts`. */
  readonly name: string;
  readonly spec: string;
  readonly file: string;
  readonly table: string;
  readonly status: "pass" | "warn" | "fail" | "error";
  readonly failures: number;
  readonly message: string;
  readonly hint: string | undefined;
  /** Ids of the records that differ, grouped by how they differ. */
  readonly records?: Readonly<Record<"missing" | "different" | "gone" | "changed", readonly string[]>>;
}

/** What a run is known by, and what it was asked to do. */
export interface RunHead {
  readonly runId: string;
  /** The version of qbo. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The place of an entity among those of a run, and what it is known by. */
export interface Position {
  readonly index: number;
  readonly total: number;
  readonly name: string;
  readonly entity: string;
  readonly table: string;
}

/** Everything that a run reports, as data. `type` says what happened; its stable code is in `report/event-codes`. */
export type RunEvent =
  | { readonly type: "notice"; readonly level: "info" | "warn"; readonly message: string }
  | { readonly type: "problem"; readonly problem: object; readonly text: string }
  | {
      readonly type: "run_started";
      readonly run_id: string;
      readonly version: string;
      /** The range is undefined if nothing is left to read. */
      readonly from: string | undefined;
      readonly to: string | undefined;
      readonly entities: number;
      readonly windows: number;
    }
  | ({ readonly type: "entity_started"; readonly windows: number } & Position)
  | ({
      readonly type: "page_loaded";
      readonly page: number;
      readonly read: number;
      readonly through: string;
    } & Metrics &
      Position)
  | ({ readonly type: "window_closed" } & WindowResult & Position)
  | ({
      readonly type: "entity_finished";
      readonly result: Omit<EntityResult, "windows">;
      readonly open_windows: number;
    } & Position)
  | { readonly type: "waiting"; readonly reason: string; readonly delay_ms: number }
  | {
      readonly type: "proof_mismatch";
      readonly entity: string;
      readonly window_start_utc: string;
      readonly window_end_utc: string;
      readonly rows: number;
      readonly source_count: number;
    }
  | { readonly type: "token_refreshed"; readonly rotated: boolean }
  | ({ readonly type: "summary" } & Summary);

export type Log = (event: RunEvent) => void;
