import { join } from "node:path";
import { psqlLine, startEmbedded, stopEmbedded } from "../embedded/embedded-postgres.ts";
import { RunnerError } from "../errors.ts";
import type { Context } from "./context.ts";

/** Starts or ends the server under `.qbo/`. */
export async function postgres(action: string, { cwd, io }: Context): Promise<number> {
  const folder = join(cwd, ".qbo");
  if (action === "start") {
    io.out(`${psqlLine(await startEmbedded(folder))}
`);
    return 0;
  }
  if (action === "stop") {
    io.out(
      (await stopEmbedded(folder))
        ? "PostgreSQL under .qbo/ has ended\n"
        : "no PostgreSQL runs under .qbo/\n",
    );
    return 0;
  }
  throw new RunnerError("USAGE", `unknown action "${action}"`, {
    hint: "qbo postgres start, or qbo postgres stop",
  });
}
