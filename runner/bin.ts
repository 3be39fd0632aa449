#!/usr/bin/env node
import v8 from "node:v8";
import { main } from "./cli.ts";
import { REAL_CLOCK } from "./real-clock.ts";

// Reading pages creates garbage quickly. With V8's default settings the process uses twice the memory and is hardly faster.
v8.setFlagsFromString("--semi-space-growth-factor=1");
v8.setFlagsFromString("--heap-growing-percent=60");

const controller = new AbortController();
let signals = 0;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    signals++;
    if (signals === 1) controller.abort(name);
    // A token that was requested must be stored, or the connection to the company is lost. Only the third signal exits at once.
    if (signals === 2)
      process.stderr.write(
        "Still stopping, because work in progress is stored first. The next signal exits at once.\n",
      );
    if (signals > 2) process.exit(name === "SIGINT" ? 130 : 143);
  });
}
// It is not a failure if the reader of stdout closes it early, as in `qbo ls | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
// A run goes on even if nobody can read its messages any more.
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
// An open connection must not keep the process alive: it exits as soon as both streams are written.
for (const stream of [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write("", resolve));
process.exit(exitCode);
