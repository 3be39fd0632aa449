import { parentPort } from "node:worker_threads";
import { HELP } from "./program-help.ts";
import { readProgramOptions, UsageError } from "./program-options.ts";
import { startSimulator } from "./start-simulator.ts";

/** Runs the simulator as a program, or inside a worker thread that the parent closes with "close". */
async function main(): Promise<void> {
  const program = readProgramOptions(process.argv.slice(2));
  if (program.kind === "help") {
    process.stdout.write(HELP);
    return;
  }
  const { options, log } = program;
  const simulator = await startSimulator(log ? { ...options, log: logLine } : options);
  const close = async () => {
    await simulator.close();
    if (parentPort) parentPort.close();
    else process.exit(0);
  };
  if (parentPort) {
    parentPort.on("message", (message) => {
      if (message === "close") void close();
    });
    parentPort.postMessage(simulator.ready);
    return;
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close());
  process.stdout.write(`${JSON.stringify(simulator.ready)}\n`);
}

function logLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  if (parentPort) throw error; // the parent thread receives it as the worker's error
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
