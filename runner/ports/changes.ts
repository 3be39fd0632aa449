/** How many records were loaded, by what happened to them. */
export interface Changes {
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Records that were not loaded because the stored version is newer. */
  readonly stale: number;
}

export const NO_CHANGES: Changes = { rows: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0 };

export const plus = (one: Changes, other: Changes): Changes => ({
  rows: one.rows + other.rows,
  inserted: one.inserted + other.inserted,
  updated: one.updated + other.updated,
  unchanged: one.unchanged + other.unchanged,
  stale: one.stale + other.stale,
});

/** Adds up any number of changes. */
export const sumOf = (all: readonly Changes[]): Changes => all.reduce<Changes>(plus, NO_CHANGES);
