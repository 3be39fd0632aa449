import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { RunnerError } from "../errors.ts";

/** The message that the simulator sends when it is ready. */
export interface SimulatorReady {
  readonly url: string;
  readonly token_url: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly realm_id: string;
}

export interface RunningSimulator {
  readonly ready: SimulatorReady;
  readonly stop: () => Promise<void>;
}

/** Starts the simulator's program in a thread of this process. The runner talks to it only through its arguments and HTTP. It
 * imports no code of it, so that the two cannot share a misreading of the API. */
export async function startSimulatorWorker(args: readonly string[]): Promise<RunningSimulator> {
  const here = fileURLToPath(import.meta.url);
  const program = new URL(`../../simulator/bin${extname(here)}`, import.meta.url);
  const worker = new Worker(program, { argv: [...args], stdout: true, stderr: true });
  const errorOutput: string[] = [];
  worker.stderr.on("data", (chunk: Buffer) => errorOutput.push(chunk.toString("utf8")));
  const ready = await new Promise<SimulatorReady>((resolve, reject) => {
    worker.once("message", (message: SimulatorReady) => resolve(message));
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error(errorOutput.join("").trim() || "it ended")));
  }).catch((cause: Error) => {
    throw new RunnerError("SIMULATOR_FAILED", `the simulator did not start: ${cause.message}`, {
      hint: "check the options of the simulator",
      cause,
    });
  });
  return { ready, stop: async () => void (await worker.terminate()) };
}
