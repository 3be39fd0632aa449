import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { globSync } from "tinyglobby";
import { RunnerError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";

/** What the arguments of a command name: files for sure, or labels that only the specs themselves can tell. */
export interface Found {
  /** Paths relative to the working folder where they lie in it; sorted, each once. */
  readonly files: readonly string[];
  /** What is left to match against the specs in `files`: names and `tag:` labels; empty to take them all. */
  readonly labels: readonly string[];
}

const SPEC_GLOB = "**/*.{yml,yaml}";
/** YAML files beside the specs that are none. */
const NO_SPECS = ["**/node_modules/**", "**/qbo.yml"];

/** Finds spec files for arguments: files, folders, globs, entity names, `tag:name`; none means all of `entities/`.
 * `fallback` is another folder with `entities/` for when the working folder has none. */
export function findSpecs(args: readonly string[], cwd: string, fallback: string | undefined): Found {
  const roots = fallback === undefined ? [cwd] : [cwd, fallback];
  const files = new Set<string>();
  const labels: string[] = [];
  for (const arg of args) {
    const found = filesOf(arg, roots);
    if (found === undefined) labels.push(arg);
    else for (const file of found) files.add(file);
  }
  if (labels.length === 0 && args.length > 0) return { files: sorted(files, cwd), labels };
  const catalogue = new Set([...catalogueOf(roots), ...files]);
  return { files: sorted(catalogue, cwd), labels: [...labels, ...sorted(files, cwd)] };
}

/** The YAML files in the folders of some files, those themselves included; paths as `findSpecs` gives them. */
export function findBeside(files: readonly string[], cwd: string): string[] {
  const folders = new Set(files.map((file) => dirname(resolve(cwd, file))));
  const found = [...folders].flatMap((folder) =>
    globSync("*.{yml,yaml}", { cwd: folder, absolute: true, ignore: NO_SPECS }),
  );
  return sorted(new Set(found), cwd);
}

function sorted(files: ReadonlySet<string>, cwd: string): string[] {
  return [...files].map((file) => display(file, cwd)).sort();
}

/** A path as people read it: relative to the working folder where that is shorter. */
function display(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith("..") || isAbsolute(path) ? file : path.replaceAll("\\", "/");
}

/** The files that an argument names; undefined if it is a name or a tag. */
function filesOf(arg: string, roots: readonly string[]): string[] | undefined {
  if (arg.trim() === "") throw notFound("the name of a spec is empty");
  if (arg.startsWith("tag:")) return undefined;
  const path = roots.map((root) => resolve(root, arg)).find((candidate) => existsSync(candidate));
  if (path !== undefined) return statSync(path).isDirectory() ? specsIn(path, arg) : [path];
  if (/[*?[\]{}]/.test(arg)) return specsMatching(arg, roots);
  if (/[/\\]|\.ya?ml$/.test(arg)) throw missing(arg, roots[0] ?? "");
  return undefined;
}

/** A pattern without a folder may be one for names: `tax_*`. */
function specsMatching(glob: string, roots: readonly string[]): string[] | undefined {
  for (const root of roots) {
    const matches = globSync(glob.replaceAll("\\", "/"), { cwd: root, absolute: true });
    if (matches.length > 0) return matches;
  }
  if (!/[/\\.]/.test(glob)) return undefined;
  throw notFound(`no spec matches "${glob}"`);
}

function specsIn(folder: string, arg: string): string[] {
  const found = globSync(SPEC_GLOB, { cwd: folder, absolute: true, ignore: NO_SPECS });
  if (found.length === 0) throw notFound(`the folder ${arg} holds no spec (*.yml)`);
  return found;
}

function catalogueOf(roots: readonly string[]): string[] {
  const root = roots.find((folder) => existsSync(join(folder, "entities")));
  if (root === undefined) throw notFound(`there is no folder entities/ in ${roots[0]}`);
  return specsIn(join(root, "entities"), "entities/");
}

/** Names the file that was most likely meant. */
function missing(arg: string, root: string): RunnerError {
  const folder = dirname(arg);
  const beside = existsSync(resolve(root, folder)) ? readdirSync(resolve(root, folder)) : [];
  const near = nearestName(
    arg,
    beside.map((name) => join(folder, name)),
  );
  return notFound(`there is no spec ${arg}`, near === undefined ? undefined : `did you mean ${near}?`);
}

function notFound(message: string, hint?: string): RunnerError {
  return new RunnerError("SPEC_NOT_FOUND", message, {
    hint:
      hint ??
      "give spec files, folders, globs, names of entities or tag:name; `qbo ls` shows what entities/ holds",
  });
}

/** A spec's short name: its file without folder and ending. */
export const stemOf = (file: string): string => basename(file).replace(/\.ya?ml$/, "");
