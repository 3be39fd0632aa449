import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const BIN = join(ROOT, "runner", "bin.ts");

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command line as a separate process, with only the given settings. */
export async function qbo(args: readonly string[], { cwd, env = {} }: RunOptions): Promise<Ran> {
  const { exitCode, stdout, stderr, signal } = await execa(process.execPath, [BIN, ...args], {
    cwd,
    reject: false,
    extendEnv: false,
    stripFinalNewline: false,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
  });
  if (exitCode === undefined) throw new Error(`ended by ${signal ?? "an unknown cause"}: ${stderr}`);
  return { exitCode, stdout, stderr };
}

/** The events of a run with `--log-format json`. */
export function eventsOf({ stderr }: Ran): { type: string; [field: string]: unknown }[] {
  return stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

export interface Folder {
  readonly path: string;
  readonly remove: () => void;
}

/** An empty folder, with the project's specs if requested. */
export function createFolder({ withEntities = true }: { withEntities?: boolean } = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), "qbo-case-"));
  if (withEntities) cpSync(join(ROOT, "entities"), join(path, "entities"), { recursive: true });
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
