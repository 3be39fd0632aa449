import { RunnerError } from "../errors.ts";
import type { Row } from "../plan/sweep-state.ts";
import { type Changes, NO_CHANGES, plus } from "../ports/changes.ts";
import type { Landed, Loaded, PageLoad, Rejected, WindowRecord } from "../ports/landing.ts";
import type { Records, SourcePage } from "../ports/source.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import { isStorable, toStorable } from "./storable-text.ts";
import type { SweepPorts } from "./sweep-ports.ts";
import type { Brought, Tallies } from "./tallies.ts";

/** An answer to load. Times are in milliseconds since 1970, by PostgreSQL's clock. */
export interface PageAnswer {
  readonly page: SourcePage;
  readonly statement: string;
  /** The number of records that was requested. */
  readonly limit: number;
  readonly askedAt: number;
  readonly receivedAt: number;
}

export interface PageToLand {
  readonly spec: EntitySpec;
  readonly tallies: Tallies;
  /** Undefined if there is no page. Then only windows are closed. */
  readonly answer: PageAnswer | undefined;
  /** The records of the page that were not read before. */
  readonly fresh: readonly Row[];
  /** With this page, everything before this instant has been read. Milliseconds since 1970. */
  readonly completeTo: number;
  /** When the request was sent, in milliseconds by the monotonic clock. */
  readonly startedAt: number;
}

export interface LandedPage {
  readonly changes: Changes;
  readonly durationMs: number;
  readonly closed: readonly WindowRecord[];
  /** Ids of records with characters that the database cannot hold. These characters are kept as the text of their escape. */
  readonly escaped: readonly string[];
  readonly rejected: readonly Rejected[];
}

/** Commits what was read: the fresh records, and the windows that are complete with them. */
export async function landPage(job: PageToLand, ports: SweepPorts): Promise<LandedPage> {
  const { spec, tallies, answer, fresh, completeTo, startedAt } = job;
  if (answer !== undefined) checkKeys(spec, fresh, answer.page.records);
  const load = loadOf(job, ports);
  const bring = (loaded: Loaded): Brought => ({
    ...loaded,
    durationMs: Math.round(ports.monotonic() - startedAt),
    completeTo,
  });
  let brought: Brought | undefined;
  let closed: readonly WindowRecord[] = [];
  await ports.landing.prepare(spec);
  await ports.landing.load(load, (loaded) => {
    checkLanded(spec, loaded.landed);
    brought = bring(loaded);
    closed = tallies.closedBy(brought);
    return closed;
  });
  brought ??= bring({ landed: [], rejected: [] });
  tallies.add(brought);
  return {
    changes: brought.landed.reduce<Changes>(plus, NO_CHANGES),
    durationMs: brought.durationMs,
    closed,
    escaped: load.text === answer?.page.text ? [] : escapedIn(job),
    rejected: brought.rejected,
  };
}

function loadOf({ spec, tallies, answer, fresh }: PageToLand, ports: SweepPorts): PageLoad {
  const taken = tallies.place(fresh);
  const { request } = ports;
  if (answer === undefined) {
    return {
      spec,
      taken,
      text: "{}",
      textOf: () => undefined,
      storableOf: () => undefined,
      askedAt: 0,
      receivedAt: 0,
      behind: 0,
      pageSize: 0,
      request: { ...request, statement: "" },
    };
  }
  const { page, statement, limit, askedAt, receivedAt } = answer;
  const { records } = page;
  const textOf = (ordinal: number): string | undefined => records.textAt?.(ordinal - 1);
  return {
    spec,
    taken,
    text: toStorable(page.text),
    textOf,
    storableOf: (ordinal) => {
      const text = textOf(ordinal);
      return text === undefined ? undefined : toStorable(text);
    },
    askedAt,
    receivedAt,
    behind: page.behind,
    pageSize: limit,
    request: { ...request, statement },
  };
}

function escapedIn({ answer, fresh }: PageToLand): string[] {
  const isEscaped = ({ ordinal }: Row): boolean => !isStorable(answer?.page.records.at(ordinal - 1));
  return answer === undefined ? [] : fresh.filter(isEscaped).map(({ id }) => id);
}

/** Throws `KEY_NOT_UNIQUE` if two different records of one answer have the same id. An answer contains each record only once,
 * so these must be two records that the key does not tell apart. */
function checkKeys(spec: EntitySpec, rows: readonly Row[], records: Records): void {
  const byId = new Map<string, number>();
  for (const { id, ordinal } of rows) {
    const earlier = byId.get(id);
    byId.set(id, ordinal);
    if (earlier === undefined) continue;
    const one = records.at(earlier - 1);
    const other = records.at(ordinal - 1);
    if (JSON.stringify(one) !== JSON.stringify(other)) throw ambiguousKey(spec);
  }
}

function checkLanded(spec: EntitySpec, landed: readonly Landed[]): void {
  if (landed.some(({ collided }) => collided > 0)) throw ambiguousKey(spec);
  const discarded = landed.reduce((sum, part) => sum + part.discarded, 0);
  if (discarded === 0) return;
  const table = tableNameOf(spec);
  const records = discarded === 1 ? "1 record" : `${discarded} records`;
  throw new RunnerError("ROWS_DISCARDED", `${table} did not keep ${records} of a page`, {
    hint: `a trigger or a rule on the table drops rows: look for it with \\d ${table} in psql, remove it, then run the same command again`,
  });
}

function ambiguousKey(spec: EntitySpec): RunnerError {
  const key = `[${spec.key.join(", ")}]`;
  return new RunnerError(
    "KEY_NOT_UNIQUE",
    `the key ${key} is the same for several different records of ${spec.entity}`,
    {
      hint: `list fields under "key" in ${spec.file} that together are unique for each record`,
    },
  );
}
