import { readFileSync } from "node:fs";
import { expect } from "vitest";

interface Section {
  readonly text: string;
  readonly version: number | undefined;
  /** The keys of its table, as paths; whether one can be absent. */
  readonly keys: ReadonlyMap<string, boolean>;
}

const SECTIONS: ReadonlyMap<string, Section> = new Map(
  readFileSync("docs/outputs.md", "utf8")
    .split(/^##+ /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")).replaceAll("`", ""), readSection(text)]),
);

function readSection(text: string): Section {
  const version = /^Version (\d+)\./m.exec(text)?.[1];
  const rows = [...text.matchAll(/^\| `([^`]+)` \| (.*)\|$/gm)];
  return {
    text,
    version: version === undefined ? undefined : Number(version),
    keys: new Map(rows.map(([, key = "", meaning = ""]) => [key, /\babsent\b/.test(meaning)])),
  };
}

/** Compares a document, or several of one form, with its section of the page: none has a key that the page does not name,
 * and the page names no key that all of them lack where they have its parent. */
export function expectAsDescribed(heading: string, ...documents: readonly object[]): void {
  const { keys, version } = sectionOf(heading);
  expectKeys(heading, keys, documents);
  const versions = new Set(
    documents.map(
      (document) => fieldOf(document, "version") ?? fieldOf(fieldOf(document, "metadata"), "version"),
    ),
  );
  expect(versions, heading).toEqual(new Set([version]));
}

/** A section of `docs/outputs.md` by its heading, without backticks. */
export function sectionOf(heading: string): Section {
  const section = SECTIONS.get(heading);
  if (section === undefined) throw new Error(`docs/outputs.md has no section "${heading}"`);
  return section;
}

/** The same for keys that stand in several sections. */
export function expectKeys(heading: string, keys: Section["keys"], documents: readonly object[]): void {
  const seen = new Set<string>();
  const parents = new Set<string>();
  for (const document of documents) walk(document, "", { keys, seen, parents });
  const unknown = [...seen].filter((path) => !keys.has(path));
  const missing = [...keys].filter(
    ([path, canBeAbsent]) => !canBeAbsent && !seen.has(path) && parents.has(parentOf(path)),
  );
  expect({ unknown, missing: missing.map(([path]) => path) }, heading).toEqual({ unknown: [], missing: [] });
}

interface Found {
  readonly keys: Section["keys"];
  /** Paths of values that are neither objects nor lists of objects, and of everything that the page leaves open. */
  readonly seen: Set<string>;
  /** Paths of objects. */
  readonly parents: Set<string>;
}

function walk(value: unknown, path: string, found: Found): void {
  const { keys, seen, parents } = found;
  const isNamed = keys.has(path);
  const isParent = [...keys.keys()].some((key) => key.startsWith(`${path}.`) || key.startsWith(`${path}[]`));
  if (Array.isArray(value)) {
    // An empty list shows nothing of its elements: what the page says of them has to do.
    if (value.length === 0 && !isParent) seen.add(`${path}[]`);
    if (keys.has(`${path}[]`)) seen.add(`${path}[]`);
    for (const item of value) walk(item, `${path}[]`, found);
  } else if (typeof value === "object" && value !== null) {
    parents.add(path);
    for (const [key, member] of Object.entries(value)) {
      const inner = path === "" ? key : `${path}.${key}`;
      const isOpen = !keys.has(inner) && keys.has(`${path}.*`);
      if (isOpen) seen.add(`${path}.*`);
      else walk(member, inner, found);
    }
  } else if (value !== null || isNamed || !isParent) {
    seen.add(path);
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
