import { main } from "../../runner/cli.ts";
import type { Clock } from "../../runner/clock.ts";
import type { Ran } from "./cli.ts";

/** A clock that never waits: a sleep ends at once and moves the clock forward. */
export function createVirtualClock(): Clock & { readonly slept: () => number } {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    monotonic: () => performance.now() + offset,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      offset += ms;
    },
    random: () => 0.5,
    slept: () => offset,
  };
}

/** Runs the command line in this process, with the given clock. */
export async function qboInProcess(
  argv: readonly string[],
  { cwd, env, clock }: { cwd: string; env: Readonly<Record<string, string>>; clock: Clock },
): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  const io = {
    out: (text: string) => {
      said.stdout += text;
    },
    err: (text: string) => {
      said.stderr += text;
    },
    colour: false,
    terminal: false,
  };
  const exitCode = await main(
    { argv, env, cwd, clock, requestTimeoutMs: 500, signal: new AbortController().signal },
    io,
  );
  return { exitCode, ...said };
}
