import { DAY, formatInstant, type Interval } from "../plan/interval.ts";
import type { Comparison, RecordDifference } from "../ports/comparison.ts";
import type { EntitySpec } from "../spec/types.ts";
import { LISTED_AT_ONCE, Listing, type ListingPorts, withIds } from "./list-records.ts";
import { readRows } from "./read-rows.ts";

/** The records that differ, grouped by how they differ. */
export interface Differences {
  /** Records that the source has within the range but the table lacks. */
  readonly missing: readonly RecordDifference[];
  /** Records that the table holds in a different version than the source, whose version is within the range. */
  readonly different: readonly RecordDifference[];
  /** Records that the table holds but the source does not return: they were deleted or no longer match the query. */
  readonly gone: readonly RecordDifference[];
  /** Records that were changed at the source after the range. Nothing is lost: the next run reads them. */
  readonly changed: readonly RecordDifference[];
}

export interface Compared {
  readonly differences: Differences;
  /** How many records the table holds within the range. */
  readonly held: number;
  /** How many differences were found. `differences` contains only those that were confirmed. */
  readonly total: number;
  /** Set if the source counts more records than it lists. The comparison is worthless then. */
  readonly unlisted: { readonly listed: number; readonly counted: number } | undefined;
}

/** How many differences are confirmed one by one. If there are more, the range must be read again anyway. */
const MAX_CONFIRMED = 5000;
/** How many ids one statement contains at most, so that it does not grow too long. */
const IDS_AT_ONCE = 200;

/** Compares the table with the source record by record, by the key and cursor of everything that the source lists in some
 * spans. People edit while a list is read, so each record that differs is requested again by its id before it is reported. */
export async function compareRecords(
  spec: EntitySpec,
  spans: readonly Interval[],
  ports: ListingPorts & { readonly comparison: Comparison },
  signal: AbortSignal,
): Promise<Compared> {
  const { comparison } = ports;
  const listing = new Listing(spec, ports);
  let unlisted: Compared["unlisted"];
  for (const span of spans) unlisted ??= await list(listing, span, comparison, signal);
  const { found, total, held } = await comparison.differences(MAX_CONFIRMED);
  const differences = await confirm(spec, spans, found, ports, signal);
  return { differences, held, total, unlisted };
}

/** Lists one span into the comparison. Returns both numbers if the source counts more than it lists. The list is read a
 * second time before that, because a record may have become visible between the list and the count. */
async function list(
  listing: Listing,
  span: Interval,
  comparison: Comparison,
  signal: AbortSignal,
): Promise<Compared["unlisted"]> {
  for (let tries = 1; ; tries++) {
    let listed = 0;
    for await (const rows of listing.records(span, signal)) {
      listed += rows.length;
      await comparison.add(rows);
    }
    const more = await listing.holdsMore(span, listed, signal);
    if (more === false) return undefined;
    if (tries === 2) return { listed, ...more };
  }
}

/** Groups differences by what the source now says about each record. */
async function confirm(
  spec: EntitySpec,
  spans: readonly Interval[],
  found: readonly RecordDifference[],
  ports: ListingPorts,
  signal: AbortSignal,
): Promise<Differences> {
  const sorted: Record<keyof Differences, RecordDifference[]> = {
    missing: [],
    different: [],
    gone: [],
    changed: [],
  };
  for (let at = 0; at < found.length; at += IDS_AT_ONCE) {
    const part = found.slice(at, at + IDS_AT_ONCE);
    const now = await lookUp(spec, part, ports, signal);
    for (const difference of part) {
      const kind = now === undefined ? kindOf(difference) : judge(difference, now, spans);
      if (kind !== undefined) sorted[kind].push(difference);
    }
  }
  return sorted;
}

/** The group of a difference whose record cannot be requested by id. */
function kindOf({ kind }: RecordDifference): keyof Differences {
  if (kind === "missing") return "missing";
  return kind === "extra" ? "gone" : "different";
}

/** The group of a difference, given the present cursors of records at the source. Undefined if the record no longer
 * differs. */
function judge(
  { id, held }: RecordDifference,
  now: ReadonlyMap<string, number | undefined>,
  spans: readonly Interval[],
): keyof Differences | undefined {
  const isHeld = held !== undefined;
  if (!now.has(id)) return isHeld ? "gone" : undefined;
  const cursor = now.get(id);
  const isWithin = cursor === undefined || spans.some(({ from, to }) => cursor >= from && cursor < to);
  if (!isWithin) return isHeld ? "changed" : undefined;
  if (!isHeld) return "missing";
  return cursor === held ? undefined : "different";
}

/** The present cursors at the source of the records that differ, by id. Undefined if the entity's records cannot be requested
 * by id. */
async function lookUp(
  spec: EntitySpec,
  differences: readonly RecordDifference[],
  { source, statements }: ListingPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number | undefined> | undefined> {
  if (spec.cursor === null || spec.wrapped || spec.key.length !== 1 || spec.key[0] !== "Id") return undefined;
  const selected = withIds(
    spec,
    differences.map(({ id }) => id),
  );
  const statement = statements.page(selected, { interval: null, start: 1, limit: LISTED_AT_ONCE });
  const page = await source.page(statement, spec.answerKey, signal);
  return new Map(readRows(spec, page.records).map(({ id, cursor }) => [id, cursor]));
}

/** The first ten ids, and the number of the others, for people. */
export function namesOf(differences: readonly RecordDifference[]): string {
  const names = differences.slice(0, 10).map(({ id }) => id);
  const more = differences.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

/** The command that reads the given records again. Its range contains all days of these records, from the first to the
 * last. */
export function commandFor(spec: EntitySpec, differences: readonly RecordDifference[]): string {
  const cursors = differences.flatMap(({ held, listed }) => listed ?? held ?? []);
  if (cursors.length === 0) return `qbo run ${spec.name}`;
  const from = Math.floor(cursors.reduce((one, other) => Math.min(one, other)) / DAY) * DAY;
  const to = (Math.floor(cursors.reduce((one, other) => Math.max(one, other)) / DAY) + 1) * DAY;
  return `qbo run ${spec.name} --from ${dayOf(from)} --to ${dayOf(to)}`;
}

const dayOf = (instant: number): string => formatInstant(instant).slice(0, 10);
