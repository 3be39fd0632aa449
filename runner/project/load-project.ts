import { RunnerError } from "../errors.ts";
import { type Found, findBeside, findSpecs, stemOf } from "../files/find-specs.ts";
import { PACKAGE_ROOT, readProjectSchema, readSpecSchema } from "../files/package-files.ts";
import { hasFile, readTemplates, readText } from "../files/read-files.ts";
import { nearestName } from "../nearest-name.ts";
import { checkTemplates, compileTemplates, type Statements, TEMPLATE_NAMES } from "../render/templates.ts";
import type { Env } from "../settings.ts";
import { checkProjectFile, type ProjectSettings } from "../spec/check-project-file.ts";
import { compileSchema } from "../spec/check-shape.ts";
import { type CheckedSpec, checkSpec, checkTogether } from "../spec/check-spec.ts";
import type { EntitySpec, Problem, WrittenProject } from "../spec/types.ts";
import type { TextFile } from "../text/text-file.ts";
import { readOwnTemplates } from "./own-templates.ts";

export interface Project {
  readonly specs: readonly EntitySpec[];
  readonly problems: readonly Problem[];
  /** The spec files that were checked. */
  readonly files: readonly string[];
  readonly textOf: (file: string) => string;
  /** Undefined if a problem is an error. */
  readonly statements: Statements | undefined;
}

export interface Selection {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Env;
  /** Whether to use the package's own specs if the folder has none. */
  readonly useBuiltIn: boolean;
}

/** Reads and checks the selected specs and the templates. Returns every problem. Throws `SPEC_NOT_FOUND` if nothing matches
 * the selection. */
export function loadProject({ args, cwd, env, useBuiltIn }: Selection): Project {
  const fallback = useBuiltIn ? PACKAGE_ROOT : undefined;
  const wanted = args.filter((arg) => !arg.startsWith("!"));
  const found = findSpecs(wanted, cwd, fallback);
  const validate = compileSchema(readSpecSchema());
  const shared = readProjectFile(cwd, env);
  const all = found.files.map((file) => checkSpec(file, readText(file, cwd).text, validate, shared.settings));
  const chosen = found.labels.length === 0 ? all : select(all, found.labels);
  const unwanted = args.filter((arg) => arg.startsWith("!")).map((arg) => arg.slice(1));
  const selected = leaveOut(chosen, all, unwanted, (arg) => findSpecs([arg], cwd, fallback));
  const templates = readTemplates(TEMPLATE_NAMES, cwd);
  const own = readOwnTemplates(selected, cwd);
  const problems = unique([
    ...shared.problems,
    ...selected.flatMap((checked) => checked.problems),
    ...checkTogether(
      selected,
      rivalsOf(selected, all, cwd, (file, text) => checkSpec(file, text, validate, shared.settings)),
    ),
    ...checkTemplates(templates),
    ...own.problems,
  ]);
  const texts = new Map(
    [...shared.files, ...all, ...Object.values(templates), ...own.files].map(({ file, text }) => [
      file,
      text,
    ]),
  );
  return {
    specs: selected.flatMap(({ spec }) => (spec === undefined ? [] : [spec])),
    problems,
    files: selected.map(({ file }) => file),
    textOf: (file) => texts.get(file) ?? "",
    statements: problems.some(isError) ? undefined : compileTemplates(templates, own.bySpec),
  };
}

const PROJECT_FILE = "qbo.yml";

function readProjectFile(
  cwd: string,
  env: Env,
): { settings: ProjectSettings; problems: readonly Problem[]; files: readonly TextFile[] } {
  if (!hasFile(PROJECT_FILE, cwd)) {
    return { settings: { defaults: {}, variables: { vars: {}, env } }, problems: [], files: [] };
  }
  const file = readText(PROJECT_FILE, cwd);
  const validate = compileSchema<WrittenProject>(readProjectSchema(), [readSpecSchema()]);
  return { ...checkProjectFile(PROJECT_FILE, file.text, validate, env), files: [file] };
}

/** Specs that are not selected but may use the table of a selected one: the other specs that were found, and the specs in the
 * folders of the selected files. */
function rivalsOf(
  selected: readonly CheckedSpec[],
  all: readonly CheckedSpec[],
  cwd: string,
  check: (file: string, text: string) => CheckedSpec,
): CheckedSpec[] {
  const chosen = new Set(selected);
  const known = new Set(all.map(({ file }) => file));
  const specs = selected.flatMap(({ spec }) => spec ?? []);
  // Parsing every spec would take longer than many commands do, so only files that may share a table are parsed.
  const mayShare = (text: string): boolean =>
    specs.some(({ table, entity }) => text.includes(table.name) || text.includes(entity));
  const beside = findBeside(
    selected.map(({ file }) => file),
    cwd,
  )
    .filter((file) => !known.has(file))
    .map((file) => readText(file, cwd))
    .filter(({ text }) => mayShare(text))
    .map(({ file, text }) => check(file, text));
  return [...all.filter((checked) => !chosen.has(checked)), ...beside];
}

/** Removes repeated problems, which occur because several specs may use one template. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

export const isError = ({ severity }: Problem): boolean => severity === "error";

function select(all: readonly CheckedSpec[], labels: readonly string[]): CheckedSpec[] {
  const chosen = new Set<CheckedSpec>();
  for (const label of labels) {
    const matches = all.filter((checked) => isMatch(checked, label));
    if (matches.length === 0) throw nothingMatches(all, label);
    for (const match of matches) chosen.add(match);
  }
  return all.filter((checked) => chosen.has(checked));
}

/** Removes the unwanted specs from the chosen ones. Throws `SPEC_NOT_FOUND` if an unwanted name matches nothing, or if no
 * spec remains. */
function leaveOut(
  chosen: readonly CheckedSpec[],
  all: readonly CheckedSpec[],
  unwanted: readonly string[],
  find: (arg: string) => Found,
): readonly CheckedSpec[] {
  if (unwanted.length === 0) return chosen;
  const out = new Set(
    unwanted.flatMap((arg) => {
      const { files, labels } = find(arg);
      return select(all, labels.length === 0 ? files : labels);
    }),
  );
  const left = chosen.filter((checked) => !out.has(checked));
  if (left.length > 0) return left;
  throw new RunnerError("SPEC_NOT_FOUND", "the selection contains no specs", {
    hint: "exclude fewer specs with --exclude",
  });
}

function isMatch({ file, spec }: CheckedSpec, label: string): boolean {
  if (label.startsWith("tag:")) return spec?.tags.includes(label.slice(4)) ?? false;
  const name = label.toLowerCase();
  if (/[*?]/.test(label)) return toPattern(name).test(stemOf(file).toLowerCase());
  return (
    file === label ||
    stemOf(file).toLowerCase() === name ||
    spec?.entity.toLowerCase() === name ||
    spec?.table.name === name
  );
}

/** A regular expression for a name with wildcards, such as `tax_*` or `?ills`. */
function toPattern(glob: string): RegExp {
  const escaped = glob.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  const pattern = escaped.replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${pattern}$`);
}

function nothingMatches(all: readonly CheckedSpec[], label: string): RunnerError {
  const isTag = label.startsWith("tag:");
  const known = isTag
    ? all.flatMap(({ spec }) => spec?.tags ?? []).map((tag) => `tag:${tag}`)
    : all.flatMap(({ file, spec }) => [stemOf(file), ...(spec === undefined ? [] : [spec.entity])]);
  const near = nearestName(label, known);
  return new RunnerError("SPEC_NOT_FOUND", `no spec is called "${label}"`, {
    hint:
      near === undefined
        ? `the known ${isTag ? "tags" : "names"} are: ${[...new Set(known)].join(", ") || "none"}`
        : `did you mean "${near}"?`,
  });
}
