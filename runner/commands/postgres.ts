import { join } from "node:path";
import { psqlLine, startEmbedded, stopEmbedded } from "../embedded/embedded-postgres.ts";
import type { PostgresOptions } from "../verbs/postgres.ts";
import type { Context } from "./context.ts";

/** Starts or stops the server under `.qbo/`. */
export async function postgres({ action }: PostgresOptions, { cwd, io }: Context): Promise<number> {
  const folder = join(cwd, ".qbo");
  if (action === "start") {
    io.out(`${psqlLine(await startEmbedded(folder))}\n`);
    return 0;
  }
  io.out(
    (await stopEmbedded(folder))
      ? "PostgreSQL under .qbo/ has stopped\n"
      : "No PostgreSQL is running under .qbo/\n",
  );
  return 0;
}
