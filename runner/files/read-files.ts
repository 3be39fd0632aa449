import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { RunnerError } from "../errors.ts";
import type { TextFile } from "../text/text-file.ts";
import { displayPath } from "./display-path.ts";
import { PACKAGE_ROOT } from "./package-files.ts";

/** Specs are small, so a larger file is something else. */
const MAX_SPEC_BYTES = 1_000_000;

/** Reads a spec or another small text file. Throws `SPEC_NOT_FOUND` if it cannot be read, and `SPEC_INVALID` if it is too large
 * or not UTF-8. */
export function readText(file: string, cwd: string): TextFile {
  let bytes: Buffer;
  try {
    const path = resolve(cwd, file);
    if (!statSync(path).isFile()) throw new Error("not a file");
    bytes = readFileSync(path);
  } catch (cause) {
    throw new RunnerError("SPEC_NOT_FOUND", `could not read ${file}`, {
      hint: "check that it is a file that you may read",
      cause,
    });
  }
  if (bytes.length > MAX_SPEC_BYTES) {
    const message = `${file} has ${bytes.length} bytes, but a spec has at most ${MAX_SPEC_BYTES}`;
    throw new RunnerError("SPEC_INVALID", message, { hint: "name the spec file itself" });
  }
  return { file, text: decode(file, bytes) };
}

/** Decodes UTF-8 strictly: replacing invalid bytes could change a query. Throws `SPEC_INVALID`. */
function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RunnerError("SPEC_INVALID", `${file} is not UTF-8`, { hint: "save it as UTF-8", cause });
  }
}

export const hasFile = (file: string, cwd: string): boolean => existsSync(resolve(cwd, file));

/** Reads a template that a spec names. It is looked for beside the spec first, then in the project's templates/. Undefined if
 * neither has it. */
export function readOwnTemplate(name: string, specFile: string, cwd: string): TextFile | undefined {
  const places = [resolve(cwd, dirname(specFile), name), resolve(cwd, "templates", name)];
  const file = places.find((place) => existsSync(place) && statSync(place).isFile());
  return file === undefined ? undefined : readTemplate(file, cwd);
}

/** Reads the shared templates. The project's own template wins over the one of the package. */
export function readTemplates<Name extends string>(
  names: readonly Name[],
  cwd: string,
): Record<Name, TextFile> {
  const entries = names.map((name) => {
    const own = join(cwd, "templates", name);
    return [name, readTemplate(existsSync(own) ? own : join(PACKAGE_ROOT, "templates", name), cwd)];
  });
  return Object.fromEntries(entries);
}

function readTemplate(path: string, cwd: string): TextFile {
  const file = displayPath(path, cwd);
  try {
    return { file, text: decode(path, readFileSync(path)) };
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause;
    throw new RunnerError("TEMPLATE_INVALID", `could not read ${path}`, {
      hint: "check that it is a file that you may read",
      cause,
    });
  }
}

/** The names of everything in a folder, sorted. */
export const listFolder = (folder: string): string[] => readdirSync(folder).sort();

/** Writes a file unless it exists. Returns whether it was written. */
export function createText(path: string, text: string): boolean {
  if (existsSync(path)) return false;
  writeText(path, text);
  return true;
}

/** Writes a file completely or not at all, so that no reader ever sees half of it. Throws `FILE_FAILED`. */
export function writeText(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const unfinished = `${path}.${process.pid}.tmp`;
    writeFileSync(unfinished, text);
    renameSync(unfinished, path);
  } catch (cause) {
    throw new RunnerError("FILE_FAILED", `could not write ${path}`, {
      hint: "check that you may write to its folder and that the disk is not full",
      cause,
    });
  }
}

/** Removes a file if it exists. Throws `FILE_FAILED`. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw new RunnerError("FILE_FAILED", `could not remove ${path}`, {
      hint: "check that you may write to its folder",
      cause,
    });
  }
}
