import { startSimulatorWorker } from "../embedded/simulator-worker.ts";
import type { SimulateOptions } from "../verbs/simulate.ts";
import type { Context } from "./context.ts";

/** Runs the simulator until a signal. Its address and credentials go to stdout as settings of the environment. */
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
  io.err("The simulator answers until Ctrl-C. Put the lines above into .env to use it.\n");
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await simulator.stop();
  return 0;
}
