import { startSimulatorWorker } from "../embedded/simulator-worker.ts";
import type { SimulateOptions } from "../verbs/simulate.ts";
import type { Context } from "./context.ts";

/** Runs the simulator until a signal arrives. Prints its address and credentials to stdout in the format of `.env`. */
export async function simulate({ args }: SimulateOptions, { io, signal }: Context): Promise<number> {
  const simulator = await startSimulatorWorker(args);
  const { url, token_url, client_id, client_secret, refresh_token, realm_id } = simulator.ready;
  const lines = [
    "QBO_ENV=simulator",
    `QBO_API_URL=${url}`,
    `QBO_TOKEN_URL=${token_url}`,
    `QBO_CLIENT_ID=${client_id}`,
    `QBO_CLIENT_SECRET=${client_secret}`,
    `QBO_REFRESH_TOKEN=${refresh_token}`,
    `QBO_REALM_ID=${realm_id}`,
  ];
  io.out(`${lines.join("\n")}\n`);
  io.err("The simulator runs until you press Ctrl-C. To use it, put the lines above into .env.\n");
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await simulator.stop();
  return 0;
}
