import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { RunnerError } from "../errors.ts";
import { PACKAGE_ROOT } from "./package-files.ts";

export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** Specs are small; a file beyond this is something else. */
const MAX_SPEC_BYTES = 1_000_000;

export function readText(file: string, cwd: string): TextFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(cwd, file));
  } catch (cause) {
    throw new RunnerError("SPEC_NOT_FOUND", `could not read ${file}`, {
      hint: "check that the file exists",
      cause,
    });
  }
  if (bytes.length > MAX_SPEC_BYTES) {
    throw new RunnerError("SPEC_INVALID", `${file} has ${bytes.length} bytes: that is no spec`, {
      hint: "name the spec file itself",
    });
  }
  return { file, text: bytes.toString("utf8") };
}

/** The templates of the project, and those of the package where the project has none of that name. */
export function readTemplates<Name extends string>(
  names: readonly Name[],
  cwd: string,
): Record<Name, TextFile> {
  const entries = names.map((name) => {
    const own = join(cwd, "templates", name);
    const file = existsSync(own) ? own : join(PACKAGE_ROOT, "templates", name);
    return [
      name,
      {
        file: relative(cwd, file).startsWith("..") ? file : relative(cwd, file),
        text: readFileSync(file, "utf8"),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** Writes a file whole or not at all: a reader never meets half of it. */
export function writeText(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const half = `${path}.${process.pid}.tmp`;
    writeFileSync(half, text);
    renameSync(half, path);
  } catch (cause) {
    throw new RunnerError("FILE_FAILED", `could not write ${path}`, {
      hint: "check the folder's rights and the disk",
      cause,
    });
  }
}
