import type { EntityResult, Failure, Log, Summary } from "../events.ts";
import type { Interval } from "../plan/interval.ts";
import { NO_CHANGES, sumOf } from "../ports/changes.ts";
import type { Source } from "../ports/source.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Strategy } from "./entity-job.ts";
import { runEntity } from "./run-entity.ts";
import type { SweepPorts } from "./sweep-ports.ts";

/** What a run needs from outside. Each entity gets its own source, which counts its calls. */
export type RunPorts = Omit<SweepPorts, "source"> & { readonly openSource: () => Source };

/** An entity, and the spans of it to read. */
export interface Work {
  readonly spec: EntitySpec;
  readonly spans: readonly Interval[];
  /** Whether the spans leave out sealed windows. */
  readonly reliesOnSeals: boolean;
}

/** How entities are read. */
export interface HowToRead {
  /** Takes precedence over the page size of the specs. */
  readonly pageSize: number | undefined;
  readonly strategy: Strategy;
  /** Whether the remaining entities are skipped after the first failure. */
  readonly failFast: boolean;
  /** The number of entities that are loaded at the same time. */
  readonly threads: number;
  /** Whether to use what earlier runs have read but not proven. */
  readonly resume: boolean;
  /** The maximum number of lanes of one entity at the same time. */
  readonly maxLanes: number;
}

/** Failures that every other entity would meet too. The remaining entities are skipped. */
const FATAL = new Set([
  "CANCELLED",
  "QBO_CREDENTIALS_REFUSED",
  "QBO_GRANT_DEAD",
  "QBO_UNAUTHORIZED",
  "QBO_FORBIDDEN",
  "QBO_COMPANY_CLOSED",
  "QBO_THROTTLED",
  "QBO_UNAVAILABLE",
  "CALL_BUDGET",
  "POSTGRES_UNREACHABLE",
]);

/** Loads the entities, several at the same time. Returns their results in the order of `all`. */
export async function runSpecs(
  all: readonly Work[],
  how: HowToRead,
  { openSource, ...shared }: RunPorts,
  log: Log,
  signal: AbortSignal,
): Promise<readonly EntityResult[]> {
  const results: EntityResult[] = [];
  const waiting = [...all.entries()];
  let fatal: Failure | null = null;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, { spec, spans, reliesOnSeals }] = next;
      if (fatal !== null) {
        results[at] = skipped(spec, fatal);
        continue;
      }
      const job = {
        spec,
        spans,
        reliesOnSeals,
        strategy: how.strategy,
        maxLanes: how.maxLanes,
        resume: how.resume,
        pageSize: how.pageSize ?? spec.pageSize,
        index: at + 1,
        total: all.length,
      };
      const result = await runEntity(job, { ...shared, source: openSource() }, log, signal);
      results[at] = result;
      if (result.failure !== null && (how.failFast || FATAL.has(result.failure.code)))
        fatal ??= result.failure;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: how.threads }, work));
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
  return results;
}

function skipped(spec: EntitySpec, failure: Failure): EntityResult {
  return {
    name: spec.name,
    file: spec.file,
    entity: spec.entity,
    table: tableNameOf(spec),
    status: "skipped",
    calls: 0,
    source_count: null,
    pages: 0,
    ...NO_CHANGES,
    duration_ms: 0,
    escaped: 0,
    rejected: 0,
    vanished: 0,
    windows: [],
    failure,
  };
}

/** The status of a run. Entities that the company lacks do not prevent a success. */
function statusOf(results: readonly EntityResult[]): Summary["status"] {
  if (results.some(({ failure }) => failure?.code === "CANCELLED")) return "cancelled";
  if (results.every(({ status }) => status === "success" || status === "not available")) return "success";
  const landed = results.some(({ status }) => status === "success" || status === "partial success");
  return landed ? "partial" : "error";
}

/** The outcome of a run in numbers. */
export function summarize(results: readonly EntityResult[], durationMs: number): Summary {
  const count = (status: EntityResult["status"]): number =>
    results.filter((result) => result.status === status).length;
  const sum = (pick: (result: EntityResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const absent = count("not available");
  const counts = {
    pass: count("success"),
    partial: count("partial success"),
    error: count("error"),
    skip: count("skipped") + absent,
    total: results.length,
  };
  return {
    status: statusOf(results),
    counts,
    totals: {
      pages: sum(({ pages }) => pages),
      ...sumOf(results),
      calls: sum(({ calls }) => calls),
      windows: sum(({ windows }) => windows.length),
      escaped: sum(({ escaped }) => escaped),
      rejected: sum(({ rejected }) => rejected),
      vanished: sum(({ vanished }) => vanished),
      duration_ms: durationMs,
    },
    failure:
      results.find(({ failure, status }) => failure !== null && status !== "not available")?.failure ?? null,
  };
}
