import type { Version } from "./landing.ts";

/** How a record in the table differs from what the source lists. Cursors in milliseconds since 1970. */
export interface RecordDifference {
  readonly id: string;
  /** `missing`: only the source lists it; `extra`: only the table holds it; `older`, `newer`: the table's version is. */
  readonly kind: "missing" | "extra" | "older" | "newer";
  readonly held: number | undefined;
  readonly listed: number | undefined;
}

/** What the source lists, compared with what the table holds. */
export interface Comparison {
  /** Adds records that the source lists. */
  readonly add: (versions: readonly Version[]) => Promise<void>;
  /** The records that differ, ordered by id and at most `limit` of them; how many differ in all, and how many the table holds. */
  readonly differences: (
    limit: number,
  ) => Promise<{ found: RecordDifference[]; total: number; held: number }>;
}
