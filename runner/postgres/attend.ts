import { performance } from "node:perf_hooks";
import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import type { Manner } from "../ports/manner.ts";
import type { Observer } from "./observer.ts";
import { judge, type Report, type Timeouts } from "./watch.ts";

/** Something that PostgreSQL was asked to do and has not answered yet. */
export interface Request extends Manner {
  /** What it is for: "load a page into raw.qb_customers". */
  readonly purpose: string;
  /** The process of PostgreSQL that works on it; undefined while the connection is being made. */
  readonly pid: number | undefined;
  /** Makes sure that its connection is not used again. */
  readonly condemn: (reason: Error) => void;
  /** Closes its connection at once. */
  readonly cut: () => void;
}

/** Watches over requests that are waiting for an answer. */
export interface Attendant {
  /** Waits for the answer and reports what holds it up. Stops waiting if a signal says so, or if no answer can be expected any
   * more; then it throws `POSTGRES_UNREACHABLE`. */
  readonly attend: <T>(answer: Promise<T>, request: Request) => Promise<T>;
  /** Throws the signal's reason if work of this manner may no longer start. */
  readonly checkBegin: (manner: Manner) => void;
  readonly close: () => void;
}

export interface AttendOptions {
  readonly observer: Observer;
  /** The processes of PostgreSQL that belong to this process. */
  readonly own: ReadonlySet<number>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly timeouts: Timeouts;
}

export function createAttendant({ observer, own, log, signal, timeouts }: AttendOptions): Attendant {
  let stoppedAt: number | undefined;
  const stops = new Set<() => void>();
  const reportedAt = new Map<string, number>();
  const onSignal = (): void => {
    stoppedAt = performance.now();
    for (const stop of stops) stop();
  };
  if (signal.aborted) onSignal();
  else signal.addEventListener("abort", onSignal, { once: true });
  /** How many milliseconds work of this manner has left. */
  const leftFor = ({ closing = false }: Manner): number => {
    if (stoppedAt === undefined) return Number.POSITIVE_INFINITY;
    return stoppedAt + (closing ? timeouts.closing : timeouts.grace) - performance.now();
  };

  /** Looks at a request, and decides what to report and whether to go on waiting. `adriftSince` is when PostgreSQL was first
   * seen not working on it; the same for the next look is returned as `adrift`. */
  const look = async (request: Request, startedAt: number, adriftSince: number | undefined) => {
    const sight = await observer.look(request.pid, own);
    const now = performance.now();
    const adrift = sight.is === "adrift" ? (adriftSince ?? now) : undefined;
    const waiting = {
      purpose: request.purpose,
      forMs: now - startedAt,
      adriftMs: now - (adrift ?? now),
    };
    return { ...judge(sight, waiting, timeouts), adrift };
  };
  /** Reports a line unless the same one was reported a short while ago. */
  const report = ({ key, level, message }: Report): void => {
    const now = performance.now();
    const lastAt = reportedAt.get(key) ?? Number.NEGATIVE_INFINITY;
    if (now - lastAt < timeouts.again) return;
    reportedAt.set(key, now);
    log({ type: "notice", level, message });
  };

  return {
    attend: (answer, request) =>
      new Promise((resolve, reject) => {
        const startedAt = performance.now();
        let isOver = false;
        let isStopping = false;
        let nextLook: NodeJS.Timeout | undefined;
        let nextStop: NodeJS.Timeout | undefined;
        const end = (settle: () => void): void => {
          if (isOver) return;
          isOver = true;
          clearTimeout(nextLook);
          clearTimeout(nextStop);
          stops.delete(stop);
          settle();
        };
        const lookAgain = async (adriftSince?: number): Promise<void> => {
          const { say, lost, adrift } = await look(request, startedAt, adriftSince);
          if (isOver) return;
          if (say !== undefined) report(say);
          if (lost === undefined) {
            nextLook = setTimeout(lookAgain, timeouts.look, adrift);
            return;
          }
          const error = unreachable(request.purpose, lost);
          request.condemn(error);
          end(() => reject(error));
          request.cut();
        };
        const stopNow = async (): Promise<void> => {
          if (isUninterruptible(request)) return;
          isStopping = true;
          // A cancel request that arrives late must not hit another statement on the same connection.
          request.condemn(new Error("cancelled"));
          if (request.pid !== undefined) await observer.cancel(request.pid);
          end(() => reject(signal.reason));
          request.cut();
        };
        const stop = (): void => {
          nextStop = setTimeout(stopNow, Math.max(0, leftFor(request)));
        };
        answer.then(
          (value) => end(() => resolve(value)),
          (error: unknown) => end(() => reject(isStopping ? signal.reason : error)),
        );
        nextLook = setTimeout(lookAgain, observer.isGivenUp() ? 0 : timeouts.look);
        stops.add(stop);
        if (stoppedAt !== undefined) stop();
      }),
    checkBegin: (manner) => {
      if (leftFor(manner) <= 0 && !isUninterruptible(manner)) throw signal.reason;
    },
    close: () => signal.removeEventListener("abort", onSignal),
  };
}

function isUninterruptible({ uninterruptible = false }: Manner): boolean {
  return typeof uninterruptible === "function" ? uninterruptible() : uninterruptible;
}

const unreachable = (purpose: string, lost: string): RunnerError =>
  new RunnerError("POSTGRES_UNREACHABLE", `could not ${purpose}: ${lost}`, {
    hint: "look at the network and at the server, then run the same command again; sealed windows are kept",
  });
