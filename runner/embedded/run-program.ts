import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { RunnerError } from "../errors.ts";

/** The user id of "nobody", which exists on every Linux. It is used because PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const SETPRIV = "/usr/bin/setpriv";

/** Runs one of PostgreSQL's programs and waits for its end. Works for root too. The output goes to a file and not to a pipe,
 * because the server that pg_ctl starts would keep a pipe open. Throws `EMBEDDED_POSTGRES` if the program fails. */
export async function runProgram(program: string, args: readonly string[], logFile: string): Promise<void> {
  const log = await open(logFile, "a", 0o600);
  const before = (await log.stat()).size;
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      const [command, ...rest] = asOrdinaryUser([program, ...args]);
      const child = spawn(command ?? program, rest, {
        stdio: ["ignore", log.fd, log.fd],
        env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
      });
      child.on("error", reject);
      child.on("exit", (status, signal) => resolve(status ?? signal ?? 1));
    });
    if (code === 0) return;
    const output = readFileSync(logFile).subarray(before).toString("utf8").trim();
    const lastLines = output.split("\n").slice(-5).join(" | ");
    throw new RunnerError(
      "EMBEDDED_POSTGRES",
      `${program.split("/").at(-1)} ended with ${code}: ${lastLines}`,
      {
        hint: `see ${logFile}; to start over with an empty database, remove the folder .qbo/postgres`,
      },
    );
  } finally {
    await log.close();
  }
}

/** The command as it must be run: root becomes "nobody", but keeps the capability to enter root's folders, because the
 * programs and the data may be in a home or temporary folder that only root can enter. The secure bit makes access(2) respect
 * that capability too. */
function asOrdinaryUser(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return command;
  if (!existsSync(SETPRIV)) {
    throw new RunnerError(
      "EMBEDDED_POSTGRES",
      `embedded PostgreSQL cannot run as root here: ${SETPRIV} is missing`,
      {
        hint: "run qbo as an ordinary user, install util-linux, or set POSTGRES_HOST to use your own server",
      },
    );
  }
  const keep = ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"];
  return [SETPRIV, `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ...keep, ...command];
}
