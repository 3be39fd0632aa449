import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { globSync } from "tinyglobby";
import { RunnerError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";
import { displayPath } from "./display-path.ts";

/** What the arguments of a command stand for. */
export interface Found {
  /** Spec files, sorted and each only once. Paths inside the working folder are relative to it, others are absolute. */
  readonly files: readonly string[];
  /** Names, `tag:` labels and paths; only the specs in `files` that match one of them are meant. Empty means all of `files`.
   * Whether a label matches is known only after the specs have been read. */
  readonly labels: readonly string[];
}

const SPEC_GLOB = "**/*.{yml,yaml}";
/** YAML files that are not specs. */
const NO_SPECS = ["**/node_modules/**", "**/qbo.yml"];

/** Finds the spec files for the arguments of a command: files, folders, globs, names of entities and `tag:name`. No argument
 * means everything in `entities/`. `fallback` is a second folder to look in if the working folder has no `entities/`.
 * Throws `SPEC_NOT_FOUND` if an argument matches nothing. */
export function findSpecs(args: readonly string[], cwd: string, fallback: string | undefined): Found {
  const roots = fallback === undefined ? [cwd] : [cwd, fallback];
  const files = new Set<string>();
  const labels: string[] = [];
  for (const arg of args) {
    const found = filesOf(arg, roots);
    if (found === undefined) labels.push(arg);
    else for (const file of found) files.add(file);
  }
  const named = sorted(files, cwd);
  if (labels.length === 0 && args.length > 0) return { files: named, labels };
  const catalogue = new Set([...catalogueOf(roots), ...files]);
  return { files: sorted(catalogue, cwd), labels: [...labels, ...named] };
}

/** All YAML files in the folders of the given files, including the given files; paths as in `Found.files`. */
export function findBeside(files: readonly string[], cwd: string): string[] {
  const folders = new Set(files.map((file) => dirname(resolve(cwd, file))));
  const found = [...folders].flatMap((folder) =>
    globSync("*.{yml,yaml}", { cwd: folder, absolute: true, ignore: NO_SPECS }),
  );
  return sorted(new Set(found), cwd);
}

function sorted(files: ReadonlySet<string>, cwd: string): string[] {
  return [...files].map((file) => displayPath(file, cwd)).sort();
}

/** The files that an argument stands for; undefined if it is the name of an entity, a tag or a pattern of names. */
function filesOf(arg: string, roots: readonly string[]): string[] | undefined {
  if (arg.trim() === "") throw notFound("the name of a spec is empty");
  if (arg.startsWith("tag:")) return undefined;
  const path = roots.map((root) => resolve(root, arg)).find((candidate) => existsSync(candidate));
  if (path !== undefined) return statSync(path).isDirectory() ? specsIn(path, arg) : [path];
  if (/[*?[\]{}]/.test(arg)) return specsMatching(arg, roots);
  if (/[/\\]|\.ya?ml$/.test(arg)) throw missing(arg, roots[0] ?? "");
  return undefined;
}

/** The files that match a glob. Undefined if none does, but the glob may be a pattern of names, such as `tax_*`. */
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
  if (found.length === 0) throw notFound(`the folder ${arg} contains no spec (*.yml)`);
  return found;
}

function catalogueOf(roots: readonly string[]): string[] {
  const root = roots.find((folder) => existsSync(join(folder, "entities")));
  if (root === undefined) {
    throw notFound(
      `there is no folder entities/ in ${roots[0]}`,
      "go to the folder of a project, or create a project with `qbo init`",
    );
  }
  return specsIn(join(root, "entities"), "entities/");
}

/** The error for a file that does not exist; its hint names the file that was most likely meant. */
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
      "give spec files, folders, globs, names of entities or tag:name; `qbo ls` lists the specs in entities/",
  });
}

/** The short name of a spec: the name of its file without folder and ending. */
export const stemOf = (file: string): string => basename(file).replace(/\.ya?ml$/, "");
