#!/usr/bin/env node
import v8 from "node:v8";
import { main } from "./cli.ts";
import { REAL_CLOCK } from "./real-clock.ts";

// Pages make garbage faster than V8 cares to collect it: left alone it takes twice the memory, for little speed.
v8.setFlagsFromString("--semi-space-growth-factor=1");
v8.setFlagsFromString("--heap-growing-percent=60");

const controller = new AbortController();
let signals = 0;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    signals++;
    if (signals === 1) controller.abort(name);
    // A token that is on its way must be stored, or the connection to the company is lost: only the third time is final.
    if (signals === 2)
      process.stderr.write("Ending; what is on its way is stored first. The next signal ends at once.\n");
    if (signals > 2) process.exit(name === "SIGINT" ? 130 : 143);
  });
}
// A reader that has seen enough (`qbo ls | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
// Talk that nobody can hear is no reason to stop.
process.stderr.on("error", () => undefined);

const exitCode = await main(
  {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
    clock: REAL_CLOCK,
  },
  {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
    colour: process.stderr.isTTY === true && (process.env["NO_COLOR"] ?? "") === "",
  },
);
// A connection that does not end must not keep the process: it ends once everything is said.
for (const stream of [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write("", resolve));
process.exit(exitCode);
