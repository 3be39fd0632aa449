import { formatInstant, type Interval } from "../plan/interval.ts";
import type { Comparison, RecordDifference } from "../ports/comparison.ts";
import type { EntitySpec } from "../spec/types.ts";
import { LISTED_AT_ONCE, Listing, type ListingPorts, withIds } from "./list-records.ts";
import { readRows } from "./read-rows.ts";

/** The ids of records that differ, by how they differ. */
export interface Differences {
  /** At the source within the range, but not in the table. */
  readonly missing: readonly RecordDifference[];
  /** In the table in another version than the source has within the range. */
  readonly different: readonly RecordDifference[];
  /** In the table, but not at the source: deleted, or no longer what the query asks for. */
  readonly gone: readonly RecordDifference[];
  /** Changed at the source after the range, which is no loss: the next run brings them. */
  readonly changed: readonly RecordDifference[];
}

export interface Compared {
  readonly differences: Differences;
  /** Records in the table within the range. */
  readonly held: number;
  /** Differences that were found in all; only so many as are confirmed are told. */
  readonly total: number;
  /** Set where the source counts more than it lists: then nothing is known. */
  readonly unlisted: { readonly listed: number; readonly counted: number } | undefined;
}

/** Differences that are looked at one by one; where there are more, reading the range again is the answer anyway. */
const MAX_CONFIRMED = 5000;
/** Ids in one question: a statement must not grow without end. */
const IDS_AT_ONCE = 200;

/** Compares the table with the source, record by record: key and cursor of everything that the source lists in some spans.
 * What differs is asked for again by its id before it is believed, since people edit while a list is read. */
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

/** Lists one span into the comparison. Returns both numbers where the source counts more than it lists, also the second time:
 * a record may have become visible in between. */
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

/** Sorts differences by what the source says of each record now. */
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

/** What to call a difference that cannot be looked at again. */
const kindOf = ({ kind }: RecordDifference): keyof Differences =>
  kind === "missing" ? "missing" : kind === "extra" ? "gone" : "different";

/** Undefined where the record does not differ any more. */
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

/** The records with these ids as the source has them now; undefined where they cannot be asked for by id. */
async function lookUp(
  spec: EntitySpec,
  differences: readonly RecordDifference[],
  { source, statements }: ListingPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number | undefined> | undefined> {
  if (spec.cursor === null || spec.wrapped || spec.key.length !== 1 || spec.key[0] !== "Id") return undefined;
  const asked = withIds(
    spec,
    differences.map(({ id }) => id),
  );
  const statement = statements.page(asked, { interval: null, start: 1, limit: LISTED_AT_ONCE });
  const page = await source.page(statement, spec.answerKey, signal);
  return new Map(readRows(spec, page.records).map(({ id, cursor }) => [id, cursor]));
}

/** Ids for people: the first ten. */
export function namesOf(differences: readonly RecordDifference[]): string {
  const names = differences.slice(0, 10).map(({ id }) => id);
  const more = differences.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

const DAY = 86_400_000;

/** The command that reads again what is missing or differs: from the first to the last day of it. */
export function commandFor(spec: EntitySpec, differences: readonly RecordDifference[]): string {
  const cursors = differences.flatMap(({ held, listed }) => listed ?? held ?? []);
  if (cursors.length === 0) return `qbo run ${spec.name}`;
  const from = Math.floor(cursors.reduce((one, other) => Math.min(one, other)) / DAY) * DAY;
  const to = (Math.floor(cursors.reduce((one, other) => Math.max(one, other)) / DAY) + 1) * DAY;
  return `qbo run ${spec.name} --from ${dayOf(from)} --to ${dayOf(to)}`;
}

const dayOf = (instant: number): string => formatInstant(instant).slice(0, 10);
