import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./cli.ts";

/** Recorded answers of a real sandbox company, if this machine has them. */
export const SAMPLES = join(ROOT, "..", "shared", "samples", "quickbooks");

const isHere = existsSync(SAMPLES);
if (!isHere && process.env["QBO_REQUIRE_SAMPLES"] === "1")
  throw new Error(`${SAMPLES} is required but missing`);
if (!isHere) console.warn(`skipped: the recorded answers are not at ${SAMPLES}`);

export const hasSamples = isHere;

/** The raw text of each record in a recorded answer, by Id. The objects of the array are cut out by their braces. */
export function readSample(entity: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(SAMPLES, `${entity}.json`), "utf8").replace(/^\uFEFF/, "");
  const start = text.indexOf("[", text.indexOf(`"${entity}"`));
  return new Map(objectsFrom(text, start + 1).map((raw) => [String(JSON.parse(raw).Id), raw]));
}

function objectsFrom(text: string, start: number): string[] {
  const objects: string[] = [];
  let depth = 0;
  let from = start;
  let isString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (isString) {
      if (char === "\\") at++;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === "{") {
      if (depth++ === 0) from = at;
    } else if (char === "}") {
      if (--depth === 0) objects.push(text.slice(from, at + 1));
    } else if (char === "]" && depth === 0) break;
  }
  return objects;
}
