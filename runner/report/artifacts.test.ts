import { expect, it } from "vitest";
import { resolveSpec } from "../spec/resolve-spec.ts";
import { formatManifest } from "./manifest.ts";
import { formatRunResults } from "./run-results.ts";

const HARMFUL = "\u009b\u202e\u2028";
const head = { runId: "r", version: "1", startedAt: 0, arguments: { select: HARMFUL } };
const counts = { pass: 0, partial: 0, error: 0, skip: 0, total: 0 };
const summary = { status: "error", counts, totals: null, failure: null } as const;
const spec = resolveSpec("bills.yml", { version: 1, entity: "Bill", tags: [HARMFUL] }, [""]);

it.each([
  ["the results of a run", formatRunResults(head, [], summary, 0)],
  ["the manifest", formatManifest([spec], head, 0)],
])("%s can be printed on a terminal safely", (_, text) => {
  expect(text).toContain('"\\u009b\\u202e\\u2028"');
  expect(text).not.toMatch(/[\u009b\u202e\u2028]/);
  expect(JSON.stringify(JSON.parse(text))).toContain(HARMFUL);
});
