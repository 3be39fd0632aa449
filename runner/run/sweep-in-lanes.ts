import type { Interval } from "../plan/interval.ts";
import type { SweepPorts } from "./sweep-ports.ts";
import { type PageDone, type SweepOptions, sweepWindows } from "./sweep-windows.ts";

export interface LanesOptions extends Omit<SweepOptions, "end"> {
  /** The maximum number of lanes at the same time. */
  readonly maxLanes: number;
}

/** A lane is divided only if it expects at least this many more pages, because each division costs about one more call. */
const MIN_PAGES_TO_DIVIDE = 10;

/** A part of the span that is swept on its own. `end` moves back when the lane gives its later half to another lane. */
class Lane {
  readonly windows: readonly Interval[];
  end: number;
  #rows = 0;
  readonly #from: number;
  #to: number;

  constructor(windows: readonly Interval[]) {
    this.windows = windows;
    this.end = windows.at(-1)?.to ?? 0;
    this.#from = windows[0]?.from ?? 0;
    this.#to = this.#from;
  }

  note({ changes, completeTo }: PageDone): void {
    this.#rows += changes.rows;
    this.#to = completeTo;
  }

  /** Gives the later half of the remaining windows to a new lane. Returns undefined if that is not worth a lane. */
  divide(pageSize: number): Lane | undefined {
    const density = this.#rows / Math.max(1, this.#to - this.#from);
    if ((density * (this.end - this.#to)) / pageSize < MIN_PAGES_TO_DIVIDE) return undefined;
    const middle = this.#to + (this.end - this.#to) / 2;
    const later = this.windows.filter(({ from }) => from >= middle && from < this.end);
    const [first] = later;
    if (first === undefined) return undefined;
    this.end = first.from;
    return new Lane(later);
  }
}

/** Sweeps a span in several lanes. It starts with one; a lane with many pages ahead gives half of them to a new lane.
 * `onPage` is called for every page. The first failure stops all lanes and is thrown when they have ended. */
export async function sweepInLanes(
  job: LanesOptions,
  ports: SweepPorts,
  signal: AbortSignal,
  onPage: (page: PageDone) => void,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let pages = 0;
  let divisions = 0;
  const follow = async (lane: Lane): Promise<void> => {
    for await (const page of sweepWindows(
      { ...job, windows: lane.windows, end: () => lane.end },
      ports,
      either,
    )) {
      onPage(page);
      lane.note(page);
      pages++;
      // Each division needs ten more pages than the one before. Otherwise a history that is dense only at its start would be
      // divided into lanes with nothing to read.
      const isEarned = pages >= MIN_PAGES_TO_DIVIDE * (divisions + 1);
      const rest =
        page.isDivisible && isEarned && running.size < job.maxLanes ? lane.divide(job.pageSize) : undefined;
      if (rest !== undefined) {
        divisions++;
        start(rest);
      }
    }
  };
  const start = (lane: Lane): void => {
    const task = follow(lane)
      .catch((error: unknown) => {
        failures.push(error);
        // This stops the other lanes, which fail later. The first failure is the cause.
        stop.abort(error);
      })
      .finally(() => running.delete(task));
    running.add(task);
  };
  start(new Lane(job.windows));
  while (running.size > 0) await Promise.race(running);
  if (failures.length > 0) throw failures[0];
}
