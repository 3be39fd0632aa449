import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import type { Context } from "./commands/context.ts";
import { exitCodeOf, FAILURES, RunnerError } from "./errors.ts";
import { type Failure, type Log, NO_COUNTS } from "./events.ts";
import type { Io } from "./io.ts";
import { createPainter, type Painter } from "./report/painter.ts";
import { openReporter, plain } from "./report/reporter.ts";
import { type Env, readEnv } from "./settings.ts";

export interface Process {
  readonly argv: readonly string[];
  readonly env: Env;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly requestTimeoutMs?: number;
}

/** Runs a command line and returns the exit code. It calls `open` once it knows which command to run. */
export type Command = (argv: readonly string[], open: () => Context) => Promise<number>;

/** Runs `work` with a reporter. Turns an error into a message and an exit code, and never throws. */
export async function runToExitCode(process: Process, streams: Io, work: Command): Promise<number> {
  const painter = createPainter(randomUUID());
  const io = visibly(streams, painter);
  const json = process.argv.some(
    (arg, at) => arg === "--log-format=json" || (arg === "json" && process.argv[at - 1] === "--log-format"),
  );
  const quiet = process.argv.includes("--quiet") || process.argv.includes("-q");
  const paint = io.colour && !json ? painter.paint : plain;
  let hasSummary = false;
  const report = openReporter({
    write: io.err,
    format: json ? "json" : "text",
    quiet,
    isTerminal: io.terminal,
    paint,
    clear: painter.clear,
    now: process.clock.now,
  });
  const log: Log = (event) => {
    hasSummary ||= event.type === "summary";
    report(event);
  };
  try {
    const open = (): Context => ({
      io,
      log,
      paint,
      cwd: process.cwd,
      signal: process.signal,
      clock: process.clock,
      logFormat: json ? "json" : "text",
      requestTimeoutMs: process.requestTimeoutMs,
      env: readEnv(process.env, join(process.cwd, ".env")),
    });
    const code = await work(process.argv, open);
    // The last event of every JSON log is a summary, even if the command is not a run.
    if (json && !hasSummary) end(log, code === 0 ? null : CHECKS_FAILED, code === 0 ? "success" : "error");
    return code;
  } catch (error) {
    return explain(error, log, io, process.signal);
  }
}

/** Escapes control characters in everything that is printed, so that neither data nor servers can control the terminal. */
const visibly = (io: Io, painter: Painter): Io => ({
  ...io,
  out: (text) => io.out(painter.render(text)),
  err: (text) => io.err(painter.render(text)),
});

/** Reports an error and returns the exit code. No other code does this. */
function explain(error: unknown, log: Log, io: Io, signal: AbortSignal): number {
  if (signal.aborted && error === signal.reason) {
    end(log, { code: "CANCELLED", message: "cancelled", hint: null }, "cancelled");
    return exitCodeOf(signal);
  }
  if (error instanceof RunnerError) {
    end(log, { code: error.code, message: error.message, hint: error.hint ?? null }, "error");
    return FAILURES[error.code].exit;
  }
  io.err(
    `This is a bug in qbo. Please report it with this text:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 70;
}

const CHECKS_FAILED: Failure = {
  code: "CHECKS_FAILED",
  message: "the command did not succeed",
  hint: "see its result on stdout",
};

function end(log: Log, failure: Failure | null, status: "success" | "error" | "cancelled"): void {
  log({ type: "summary", status, counts: NO_COUNTS, totals: null, failure });
}
