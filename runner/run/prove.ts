import { RunnerError } from "../errors.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { windowAt } from "../plan/windows.ts";
import type { Version, WindowRecord } from "../ports/landing.ts";
import type { EntitySpec } from "../spec/types.ts";
import { halve } from "./halve.ts";
import { LISTED_AT_ONCE, Listing } from "./list-records.ts";
import type { SweepPorts } from "./sweep-ports.ts";
import { type PageDone, sweepWindows } from "./sweep-windows.ts";

export interface Mismatch {
  readonly window: Interval;
  readonly rows: number;
  readonly sourceCount: number;
}

export interface ProofOptions {
  readonly spec: EntitySpec;
  /** Adjacent sealed windows in order, with the number of records that were read in each. */
  readonly windows: readonly WindowRecord[];
  readonly pageSize: number;
  readonly onMismatch: (mismatch: Mismatch) => void;
}

/** How often missing records are read again before the proof fails. */
const MAX_ROUNDS = 3;
/** How many windows one proof may read again. If more windows differ, the counts must be wrong. */
const MAX_WINDOWS = 20;
/** How many ids a failed proof names. */
const MAX_NAMED = 10;

export type ProofDone =
  | { readonly kind: "counted"; readonly count: number }
  | { readonly kind: "proven"; readonly windows: readonly WindowRecord[] }
  | { readonly kind: "read-again"; readonly page: PageDone }
  | { readonly kind: "unproven"; readonly window: WindowRecord };

/** Proves that the table holds what the source has in sealed windows. If a count equals the number of records that were read,
 * that is proof. If not, the span is halved by counts until only the differing parts remain. These are proven record by
 * record: the table must hold everything that the source lists, in that version or a newer one. Records can leave the past
 * but never enter it, so this ends even while people keep editing. Records that the table lacks are read again. Windows that
 * still differ afterwards lose their seals. */
export async function* prove(
  job: ProofOptions,
  ports: SweepPorts,
  signal: AbortSignal,
): AsyncGenerator<ProofDone> {
  const proof = new Proof(job, ports, signal);
  const count = await proof.count(job.windows);
  if (count !== undefined) yield { kind: "counted", count };
  yield* proof.settle(job.windows, count);
}

class Proof {
  readonly #job: ProofOptions;
  readonly #ports: SweepPorts;
  readonly #signal: AbortSignal;
  readonly #listing: Listing;
  /** How many windows were read again. */
  #rereads = 0;

  constructor(job: ProofOptions, ports: SweepPorts, signal: AbortSignal) {
    this.#job = job;
    this.#ports = ports;
    this.#signal = signal;
    this.#listing = new Listing(job.spec, ports);
  }

  /** How many records the source has in some windows; undefined if the API does not count the entity. */
  count(windows: readonly WindowRecord[]): Promise<number | undefined> {
    return this.#listing.count(spanOf(windows), this.#signal);
  }

  async *settle(windows: readonly WindowRecord[], count: number | undefined): AsyncGenerator<ProofDone> {
    const rows = rowsIn(windows);
    if (count === rows) {
      yield { kind: "proven", windows: windows.map((window) => ({ ...window, sourceCount: window.rows })) };
    } else if (this.#rereads >= MAX_WINDOWS && count !== undefined) {
      yield* this.#giveUp(windows, windows, [], { listed: rows, counted: count });
    } else if (windows.length === 1 || count === undefined || Math.max(rows, count) <= LISTED_AT_ONCE) {
      yield* this.#identify(windows);
    } else {
      yield* this.#halve(windows, count);
    }
  }

  async *#halve(windows: readonly WindowRecord[], count: number): AsyncGenerator<ProofDone> {
    const [earlier, later] = await halve(windows, count, (half) => this.count(half));
    yield* this.settle(earlier.windows, earlier.count);
    yield* this.settle(later.windows, later.count);
  }

  async *#identify(given: readonly WindowRecord[]): AsyncGenerator<ProofDone> {
    let windows = given;
    let lacking: readonly Version[] = [];
    for (let round = 0; ; round++) {
      const listed = await this.#list(windows);
      lacking = listed.lacking;
      const more = await this.#listing.holdsMore(spanOf(windows), listed.count, this.#signal);
      const isWhole = more === false;
      if (isWhole && lacking.length === 0) {
        yield {
          kind: "proven",
          windows: windows.map((window, at) => ({ ...window, sourceCount: listed.counts[at] ?? 0 })),
        };
        return;
      }
      // An incomplete list proves nothing, but lists of smaller parts may be complete.
      if (!isWhole && windows.length > 1) {
        yield* this.#halve(windows, more.counted);
        return;
      }
      const atFault = isWhole
        ? windows.filter((window) => lacking.some((one) => isIn(one, window)))
        : windows;
      if (round === MAX_ROUNDS || this.#rereads + atFault.length > MAX_WINDOWS) {
        const counted = isWhole ? listed.count : more.counted;
        yield* this.#giveUp(windows, atFault, lacking, { listed: listed.count, counted });
        return;
      }
      this.#rereads += atFault.length;
      for (const window of atFault) {
        const rows = window.rows;
        this.#job.onMismatch({ window, rows, sourceCount: listed.counts[windows.indexOf(window)] ?? 0 });
        for await (const page of this.#readAgain(window)) {
          windows = windows.map((each) => page.closed.find(({ from }) => from === each.from) ?? each);
          yield { kind: "read-again", page };
        }
      }
    }
  }

  async *#readAgain(window: WindowRecord): AsyncGenerator<PageDone> {
    const { spec, pageSize } = this.#job;
    const interval = { from: window.from, to: window.to };
    await this.#ports.landing.unseal(spec, [interval], "the source has records that are not in the table");
    yield* sweepWindows({ spec, windows: [interval], pageSize }, this.#ports, this.#signal);
  }

  /** Removes the seals of windows that still differ. The others are proven by the same listing. */
  async *#giveUp(
    windows: readonly WindowRecord[],
    atFault: readonly WindowRecord[],
    lacking: readonly Version[],
    { listed, counted }: { listed: number; counted: number },
  ): AsyncGenerator<ProofDone> {
    const { spec } = this.#job;
    const missing =
      lacking.length === 1
        ? "1 record that the source lists was"
        : `${lacking.length} records that the source lists were`;
    const error =
      lacking.length > 0
        ? `${missing} not in any page: ${namesOf(lacking)}`
        : `the source lists ${listed} records but has at least ${counted}`;
    await this.#ports.landing.unseal(spec, atFault, error);
    const failed = new Set(atFault);
    const proven = windows.filter((window) => !failed.has(window));
    if (proven.length > 0) {
      yield { kind: "proven", windows: proven.map((window) => ({ ...window, sourceCount: window.rows })) };
    }
    for (const window of atFault) yield { kind: "unproven", window: { ...window, status: "failed", error } };
  }

  /** Lists the records in the windows at the source. Returns how many there are in total and in each window, and which of
   * them the table lacks. */
  async #list(
    windows: readonly WindowRecord[],
  ): Promise<{ count: number; counts: readonly number[]; lacking: readonly Version[] }> {
    const counts = windows.map(() => 0);
    const lacking: Version[] = [];
    let count = 0;
    for await (const rows of this.#listing.records(spanOf(windows), this.#signal)) {
      count += rows.length;
      for (const { cursor } of rows) {
        const at = windowAt(windows, cursor ?? Number.NaN);
        if (at !== undefined) counts[at] = (counts[at] ?? 0) + 1;
      }
      lacking.push(...(await this.#ports.landing.lacking(this.#job.spec, rows)));
    }
    return { count, counts, lacking };
  }
}

/** The failure of an entity some of whose windows could not be proven; undefined if there are none. */
export function proofFailure(spec: EntitySpec, unproven: readonly WindowRecord[]): RunnerError | undefined {
  const [first] = unproven;
  if (first === undefined) return undefined;
  const place = `${formatInstant(first.from)} to ${formatInstant(first.to)}`;
  const more = unproven.length > 1 ? ` (and ${unproven.length - 1} more windows)` : "";
  return new RunnerError("PROOF_FAILED", `${spec.entity} from ${place}${more}: ${first.error}`, {
    hint: "run the same range again; if the API returns incomplete pages, use a smaller --page-size",
  });
}

const isIn = ({ cursor }: Version, { from, to }: Interval): boolean =>
  cursor !== undefined && cursor >= from && cursor < to;

function namesOf(versions: readonly Version[]): string {
  const named = versions.slice(0, MAX_NAMED).map(({ id }) => id);
  return versions.length > named.length ? `${named.join(", ")}, …` : named.join(", ");
}

const spanOf = (windows: readonly Interval[]): Interval => ({
  from: windows[0]?.from ?? 0,
  to: windows.at(-1)?.to ?? 0,
});

const rowsIn = (windows: readonly WindowRecord[]): number => windows.reduce((sum, { rows }) => sum + rows, 0);
