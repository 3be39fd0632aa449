import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { RunnerError } from "../errors.ts";

/** PostgreSQL refuses to run as root; this is "nobody", who exists on every Linux. */
const NOBODY = 65_534;
const SETPRIV = "/usr/bin/setpriv";

/** Runs one of PostgreSQL's programs to its end, as root too. Output goes to a file, not to a pipe: the server that
 * pg_ctl leaves behind would hold a pipe open. */
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
    const said = readFileSync(logFile)
      .subarray(before)
      .toString("utf8")
      .trim()
      .split("\n")
      .slice(-5)
      .join(" | ");
    throw new RunnerError("EMBEDDED_POSTGRES", `${program.split("/").at(-1)} ended with ${code}: ${said}`, {
      hint: `see ${logFile}; removing the folder .qbo/postgres starts from an empty database`,
    });
  } finally {
    await log.close();
  }
}

/** Root becomes "nobody", who keeps the right to pass root's folders and, by the secure bit, to be told so by
 * access(2): a home or a temporary folder of root's is closed to everybody else, and with it programs and data. */
function asOrdinaryUser(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return command;
  if (!existsSync(SETPRIV)) {
    throw new RunnerError(
      "EMBEDDED_POSTGRES",
      "embedded PostgreSQL cannot run as root here: setpriv is missing",
      {
        hint: "run as an ordinary user, install util-linux, or set POSTGRES_HOST to a server of your own",
      },
    );
  }
  const keep = ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"];
  return [SETPRIV, `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ...keep, ...command];
}
