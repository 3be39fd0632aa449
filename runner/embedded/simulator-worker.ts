import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { RunnerError } from "../errors.ts";

/** What the simulator says when it is ready. */
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

/** Starts the simulator's program in a thread of this process. It is met by its arguments and by HTTP alone: no code
 * of it is imported, so that a misreading of the API cannot be shared. */
export async function startSimulatorWorker(args: readonly string[]): Promise<RunningSimulator> {
  const here = fileURLToPath(import.meta.url);
  const program = new URL(`../../simulator/bin${extname(here)}`, import.meta.url);
  const worker = new Worker(program, { argv: [...args], stdout: true, stderr: true });
  const said: string[] = [];
  worker.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString("utf8")));
  const ready = await new Promise<SimulatorReady>((resolve, reject) => {
    worker.once("message", (message: SimulatorReady) => resolve(message));
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error(said.join("").trim() || "it ended")));
  }).catch((cause: Error) => {
    throw new RunnerError("SIMULATOR_FAILED", `the simulator did not start: ${cause.message}`, {
      hint: "check its options",
      cause,
    });
  });
  return { ready, stop: async () => void (await worker.terminate()) };
}
