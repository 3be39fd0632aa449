import type { Version } from "./landing.ts";

/** A difference between the table and the source's list for one record. Cursors in milliseconds since 1970. */
export interface RecordDifference {
  readonly id: string;
  /** `missing`: only the source lists the record. `extra`: only the table holds it. `older` and `newer`: the table holds an
   * older or a newer version than the source lists. */
  readonly kind: "missing" | "extra" | "older" | "newer";
  /** The record's cursor in the table; undefined if the table lacks the record or the entity has no cursor. */
  readonly held: number | undefined;
  /** The record's cursor in the source's list; undefined if the source lacks the record or the entity has no cursor. */
  readonly listed: number | undefined;
}

/** Compares the records that the source lists with those that the table holds. */
export interface Comparison {
  /** Adds records that the source lists. */
  readonly add: (versions: readonly Version[]) => Promise<void>;
  /** `found`: the records that differ, ordered by id, at most `limit` of them. `total`: how many records differ. `held`: how
   * many records the table holds. */
  readonly differences: (
    limit: number,
  ) => Promise<{ found: RecordDifference[]; total: number; held: number }>;
}
