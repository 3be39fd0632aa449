import { RunnerError } from "../errors.ts";
import { findSpecs, stemOf } from "../files/find-specs.ts";
import { PACKAGE_ROOT, readProjectSchema, readSpecSchema } from "../files/package-files.ts";
import { hasFile, readTemplates, readText, type TextFile } from "../files/read-files.ts";
import { nearestName } from "../nearest-name.ts";
import { checkTemplates, compileTemplates, type Statements, TEMPLATE_NAMES } from "../render/templates.ts";
import type { Env } from "../settings.ts";
import { checkProjectFile, type ProjectSettings } from "../spec/check-project-file.ts";
import { compileSchema } from "../spec/check-shape.ts";
import { type CheckedSpec, checkSpec, checkTogether } from "../spec/check-spec.ts";
import type { EntitySpec, Problem, WrittenProject } from "../spec/types.ts";
import { readOwnTemplates } from "./read-own-templates.ts";

export interface Project {
  readonly specs: readonly EntitySpec[];
  readonly problems: readonly Problem[];
  /** Files that were checked. */
  readonly files: readonly string[];
  readonly textOf: (file: string) => string;
  /** Undefined while a problem is an error. */
  readonly statements: Statements | undefined;
}

export interface Selection {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Env;
  /** Whether the package's own specs stand in where the folder has none. */
  readonly useBuiltIn: boolean;
}

/** Reads and checks the selected specs and the templates. Reports every problem, throws only where nothing is found. */
export function loadProject({ args, cwd, env, useBuiltIn }: Selection): Project {
  const found = findSpecs(args, cwd, useBuiltIn ? PACKAGE_ROOT : undefined);
  const validate = compileSchema(readSpecSchema());
  const shared = readProjectFile(cwd, env);
  const all = found.files.map((file) => checkSpec(file, readText(file, cwd).text, validate, shared.settings));
  const selected = found.labels.length === 0 ? all : select(all, found.labels);
  const templates = readTemplates(TEMPLATE_NAMES, cwd);
  const own = readOwnTemplates(selected, cwd);
  const problems = unique([
    ...shared.problems,
    ...selected.flatMap((checked) => checked.problems),
    ...checkTogether(selected),
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
  const validate = compileSchema<WrittenProject>(readProjectSchema());
  return { ...checkProjectFile(PROJECT_FILE, file.text, validate, env), files: [file] };
}

/** One template may serve several specs. */
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

function isMatch({ file, spec }: CheckedSpec, label: string): boolean {
  if (label.startsWith("tag:")) return spec?.tags.includes(label.slice(4)) ?? false;
  const name = label.toLowerCase();
  return (
    file === label ||
    stemOf(file).toLowerCase() === name ||
    spec?.entity.toLowerCase() === name ||
    spec?.table.name === name
  );
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
        ? `known are ${[...new Set(known)].join(", ") || "none"}`
        : `did you mean "${near}"?`,
  });
}
