import type { Interval } from "../plan/interval.ts";
import type { SweepPorts } from "./sweep-ports.ts";
import { type PageDone, type SweepOptions, sweepWindows } from "./sweep-windows.ts";

export interface LanesOptions extends Omit<SweepOptions, "end"> {
  /** The most lanes at a time. */
  readonly maxLanes: number;
}

/** A lane that expects fewer pages than this stays whole: each division costs about one more call. */
const MIN_PAGES_TO_DIVIDE = 10;

/** A piece of the span that is swept by itself; `end` moves when it gives away its later half. */
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

  /** Takes the later half of what is left, where it is worth a lane. */
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

/** Sweeps a span in several lanes, beginning with one: a lane with many pages to go gives half of them away. `onPage` is told
 * of every page; the first failure stops all lanes and is thrown when they have ended. */
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
      // A history that is dense at its begin only would make lanes of nothing: each must be earned by pages.
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
        // The lanes that this stops fail later: the first failure is the cause.
        stop.abort(error);
      })
      .finally(() => running.delete(task));
    running.add(task);
  };
  start(new Lane(job.windows));
  while (running.size > 0) await Promise.race(running);
  if (failures.length > 0) throw failures[0];
}
