import { describe, expect, it } from "vitest";
import { RunnerError } from "../errors.ts";
import type { EntityResult } from "../events.ts";
import type { Landing } from "../ports/landing.ts";
import type { Source } from "../ports/source.ts";
import type { Statements } from "../render/templates.ts";
import { resolveSpec } from "../spec/resolve-spec.ts";
import { type HowToRead, runSpecs, summarize } from "./run-specs.ts";

const SPAN = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) };
const NAMES = ["Account", "Bill", "Class", "Item"];
const SPECS = NAMES.map((entity) =>
  resolveSpec(`${entity.toLowerCase()}s.yml`, { version: 1, entity }, [""]),
);

const statements: Statements = {
  page: ({ entity }) => entity,
  count: ({ entity }) => entity,
  table: () => "",
  upsert: () => "",
  fileOf: () => "",
};

/** A landing that accepts everything and keeps nothing. */
const landing: Landing = {
  verify: async () => ({ rows: 0, changed: undefined }),
  prepare: async () => undefined,
  load: async (_, close) => void close({ landed: [], rejected: [] }),
  now: async () => ({ earliest: 0, latest: 0 }),
  holds: async () => false,
  countByWindow: async () => [],
  lacking: async () => [],
  mark: async () => undefined,
  unproven: async () => [],
  recordProof: async () => undefined,
  tidy: async () => undefined,
  unseal: async () => undefined,
  locked: (_, work) => work(),
};

async function run(
  failures: Readonly<Record<string, Error>>,
  { failFast = false, threads = 1 }: Partial<HowToRead> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{ results: readonly EntityResult[]; most: number }> {
  let [running, most] = [0, 0];
  const openSource = (): Source => ({
    page: async (entity) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      const failure = failures[entity];
      if (failure !== undefined) throw failure;
      return { text: "{}", records: [], asOf: Date.UTC(2026, 5, 1), behind: 0 };
    },
    count: async () => 0,
    calls: () => 1,
  });
  const work = SPECS.map((spec) => ({ spec, spans: [SPAN], reliesOnSeals: false }));
  const how: HowToRead = {
    pageSize: undefined,
    strategy: "sweep",
    failFast,
    threads,
    resume: false,
    maxLanes: 1,
  };
  const ports = { openSource, landing, statements, now: () => 0, monotonic: () => 0, request: {} };
  const results = await runSpecs(work, how, ports, () => undefined, signal);
  return { results, most };
}

const statusesOf = (results: readonly EntityResult[]) => results.map(({ status }) => status);

describe("several entities", () => {
  it("each have their result in the order of the specs", async () => {
    const { results, most } = await run({}, { threads: 3 });
    expect(results.map(({ entity }) => entity)).toEqual(NAMES);
    expect(statusesOf(results)).toEqual(Array(4).fill("success"));
    expect(most).toBe(3);
    expect((await run({})).most).toBe(1);
  });

  it.each([
    "QBO_CREDENTIALS_REFUSED",
    "QBO_GRANT_DEAD",
    "QBO_UNAUTHORIZED",
    "QBO_FORBIDDEN",
    "QBO_COMPANY_CLOSED",
    "QBO_THROTTLED",
    "QBO_UNAVAILABLE",
    "CALL_BUDGET",
    "POSTGRES_UNREACHABLE",
  ] as const)("are skipped after %s, which none of them would escape", async (code) => {
    const { results } = await run({ Bill: new RunnerError(code, "it is over") });
    expect(statusesOf(results)).toEqual(["success", "error", "skipped", "skipped"]);
    expect(results[1]?.failure?.code).toBe(code);
    expect(results[3]).toMatchObject({
      name: "items",
      file: "items.yml",
      entity: "Item",
      table: "raw.qb_items",
      rows: 0,
      calls: 0,
      windows: [],
      failure: { code, message: "it is over" },
    });
  });

  it.each(["QBO_QUERY_REFUSED", "QBO_NOT_AVAILABLE", "LOCKED", "PROOF_FAILED"] as const)(
    "continue after %s, unless the first failure ends the run",
    async (code) => {
      const failures = { Bill: new RunnerError(code, "this one alone") };
      expect(statusesOf((await run(failures)).results).slice(2)).toEqual(["success", "success"]);
      const fast = await run(failures, { failFast: true });
      expect(statusesOf(fast.results).slice(2)).toEqual(["skipped", "skipped"]);
    },
  );

  it("are skipped after the run is cancelled", async () => {
    const { results } = await run({ Account: new Error("aborted") }, {}, AbortSignal.abort("SIGINT"));
    expect(statusesOf(results)).toEqual(["error", "skipped", "skipped", "skipped"]);
    expect(results[3]?.failure?.code).toBe("CANCELLED");
  });

  it("throw a bug of one of them", async () => {
    await expect(run({ Bill: new TypeError("oops") })).rejects.toThrow("oops");
  });
});

describe("the summary", () => {
  const result = (status: EntityResult["status"], failure: EntityResult["failure"] = null): EntityResult => ({
    name: "bills",
    file: "bills.yml",
    entity: "Bill",
    table: "raw.qb_bills",
    status,
    pages: 1,
    rows: 2,
    inserted: 3,
    updated: 4,
    unchanged: 5,
    stale: 6,
    duration_ms: 7,
    calls: 8,
    source_count: 9,
    escaped: 10,
    rejected: 11,
    vanished: 12,
    windows: [],
    failure,
  });
  const failure = { code: "LOCKED", message: "locked", hint: null } as const;
  const absent = { code: "QBO_NOT_AVAILABLE", message: "absent", hint: null } as const;

  it("adds everything up", () => {
    const { totals, counts, status } = summarize([result("success"), result("success")], 99);
    expect(status).toBe("success");
    expect(counts).toEqual({ pass: 2, partial: 0, error: 0, skip: 0, total: 2 });
    expect(totals).toEqual({
      pages: 2,
      rows: 4,
      inserted: 6,
      updated: 8,
      unchanged: 10,
      stale: 12,
      calls: 16,
      windows: 0,
      escaped: 20,
      rejected: 22,
      vanished: 24,
      duration_ms: 99,
    });
  });

  it("has the status that follows from its entities", () => {
    const statusOf = (...results: EntityResult[]) => summarize(results, 0);
    expect(statusOf(result("success"), result("not available", absent))).toMatchObject({
      status: "success",
      counts: { pass: 1, skip: 1 },
      failure: null,
    });
    expect(statusOf(result("success"), result("error", failure))).toMatchObject({
      status: "partial",
      failure,
    });
    expect(statusOf(result("partial success", failure))).toMatchObject({
      status: "partial",
      counts: { partial: 1 },
    });
    expect(statusOf(result("error", failure), result("skipped", failure))).toMatchObject({
      status: "error",
      counts: { error: 1, skip: 1, total: 2 },
    });
    expect(statusOf().status).toBe("success");
    const cancelled = { code: "CANCELLED", message: "cancelled", hint: null } as const;
    expect(statusOf(result("success"), result("skipped", cancelled)).status).toBe("cancelled");
  });
});
