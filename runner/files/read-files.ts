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
import { dirname, join, relative, resolve } from "node:path";
import { RunnerError } from "../errors.ts";
import type { TextFile } from "../text/text-file.ts";
import { PACKAGE_ROOT } from "./package-files.ts";

/** Specs are small; a file beyond this is something else. */
const MAX_SPEC_BYTES = 1_000_000;

export function readText(file: string, cwd: string): TextFile {
  let bytes: Buffer;
  try {
    const path = resolve(cwd, file);
    if (!statSync(path).isFile()) throw new Error("not a file");
    bytes = readFileSync(path);
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
  return { file, text: decode(file, bytes) };
}

/** Replacing what is no UTF-8 would change what a query asks. */
function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RunnerError("SPEC_INVALID", `${file} is not UTF-8`, { hint: "save it as UTF-8", cause });
  }
}

export const hasFile = (file: string, cwd: string): boolean => existsSync(resolve(cwd, file));

/** A template that a spec names: beside the spec, or in the project's templates/. Undefined if there is none. */
export function readOwnTemplate(name: string, specFile: string, cwd: string): TextFile | undefined {
  const places = [resolve(cwd, dirname(specFile), name), resolve(cwd, "templates", name)];
  const file = places.find((place) => existsSync(place) && statSync(place).isFile());
  if (file === undefined) return undefined;
  return {
    file: relative(cwd, file).startsWith("..") ? file : relative(cwd, file),
    text: readTemplate(file),
  };
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
        text: readTemplate(file),
      },
    ];
  });
  return Object.fromEntries(entries);
}

function readTemplate(file: string): string {
  try {
    return decode(file, readFileSync(file));
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause;
    throw new RunnerError("TEMPLATE_INVALID", `could not read ${file}`, {
      hint: "it must be a file that can be read",
      cause,
    });
  }
}

/** The names in a folder, sorted. */
export const listFolder = (folder: string): string[] => readdirSync(folder).sort();

/** Writes a file unless it is there; tells whether it was not. */
export function createText(path: string, text: string): boolean {
  if (existsSync(path)) return false;
  writeText(path, text);
  return true;
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

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw new RunnerError("FILE_FAILED", `could not remove ${path}`, {
      hint: "check the folder's rights",
      cause,
    });
  }
}
