import { RunnerError } from "../errors.ts";
import type { EntityResult, EntityStatus, Failure, Log, Metrics, WindowResult } from "../events.ts";
import { formatInstant } from "../plan/interval.ts";
import type { Rejected, WindowRecord } from "../ports/landing.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import { type EntityJob, windowsOf } from "./entity-job.ts";
import { type Mismatch, proofFailure } from "./prove.ts";
import type { PageDone } from "./sweep-windows.ts";

/** What is known of an entity while it runs, told as it becomes known. */
export class Progress {
  readonly #job: EntityJob;
  readonly #log: Log;
  readonly #position: { index: number; total: number; name: string; entity: string; table: string };
  /** By start of the window; a window that was read again counts as it was read last. */
  readonly #closed = new Map<number, WindowRecord>();
  readonly #skipped = new Set<string>();
  readonly #vanished = new Map<number, number>();
  readonly #escaped = new Set<string>();
  /** Why the database cannot hold a record, by its id. */
  readonly #rejected = new Map<string, string>();
  readonly #unproven: WindowRecord[] = [];
  #totals = { pages: 0, rows: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0 };
  #pages = 0;
  #sourceCount: number | null = null;

  constructor(job: EntityJob, log: Log) {
    const { spec, spans, index, total } = job;
    this.#job = job;
    this.#log = log;
    this.#position = {
      index,
      total,
      name: spec.name,
      entity: spec.entity,
      table: tableNameOf(spec),
    };
    log({
      type: "entity_started",
      ...this.#position,
      windows: spans.flatMap((span) => windowsOf(spec, span)).length,
    });
  }

  take(page: PageDone): void {
    const metrics = metricsOf(page);
    for (const key of ["pages", "rows", "inserted", "updated", "unchanged", "stale"] as const)
      this.#totals[key] += metrics[key];
    if (page.read > 0) this.#tellPage(page, metrics);
    if (page.skipped !== undefined) {
      this.#skipped.add(page.skipped);
      this.#log({ type: "notice", level: "warn", message: page.skipped });
    }
    for (const id of page.escaped) this.#tellEscaped(id);
    for (const rejected of page.rejected) this.#tellRejected(rejected);
    for (const window of page.closed) this.#close(window);
  }

  #tellPage({ read, completeTo }: PageDone, metrics: Metrics): void {
    const through = formatInstant(completeTo);
    this.#log({ type: "page_loaded", ...this.#position, ...metrics, page: ++this.#pages, read, through });
  }

  #tellEscaped(id: string): void {
    if (this.#escaped.has(id)) return;
    this.#escaped.add(id);
    const message = `${this.#job.spec.entity} ${id} holds characters that PostgreSQL cannot store: they are kept as text, such as \\u0000`;
    this.#log({ type: "notice", level: "warn", message });
  }

  #tellRejected({ id, reason }: Rejected): void {
    if (this.#rejected.has(id)) return;
    this.#rejected.set(id, reason);
    this.#log({ type: "notice", level: "warn", message: `${reason}; it is kept as text in qbo.rejected` });
  }

  /** A window whose count at the source differs after all. */
  doubt(window: WindowRecord): void {
    this.#unproven.push(window);
    this.#close(window);
  }

  vanished(window: WindowRecord, count: number): void {
    if (count === 0) return;
    this.#vanished.set(window.from, count);
    const [from, to] = [formatInstant(window.from), formatInstant(window.to)];
    const what = `${count} ${count === 1 ? "record" : "records"} of ${this.#job.spec.entity}`;
    const message = `${what} vanished from the window ${from} to ${to}: deleted at the source, or changed later`;
    this.#log({ type: "notice", level: "warn", message });
  }

  counted(count: number): void {
    this.#sourceCount = (this.#sourceCount ?? 0) + count;
  }

  tellMismatch({ window, rows, sourceCount }: Mismatch): void {
    const place = { window_start_utc: formatInstant(window.from), window_end_utc: formatInstant(window.to) };
    this.#log({
      type: "proof_mismatch",
      entity: this.#job.spec.entity,
      ...place,
      rows,
      source_count: sourceCount,
    });
  }

  sealed(): WindowRecord[] {
    return this.#records().filter(({ status }) => status === "sealed");
  }

  failure(): RunnerError | undefined {
    const [first] = this.#skipped;
    if (first === undefined) return this.#rejection() ?? proofFailure(this.#job.spec, this.#unproven);
    const more = this.#skipped.size > 1 ? ` (and ${this.#skipped.size - 1} more)` : "";
    return new RunnerError("QBO_POISON_RECORD", `${first}${more}`, {
      hint: "all other records are in; mend this one in QuickBooks, then run the same range again",
    });
  }

  #rejection(): RunnerError | undefined {
    const [first] = this.#rejected.values();
    if (first === undefined) return undefined;
    const more = this.#rejected.size > 1 ? ` (and ${this.#rejected.size - 1} more)` : "";
    return new RunnerError("RECORD_REJECTED", `${first}${more}`, {
      hint: "all other records are in; the rejected ones are kept as text in qbo.rejected: mend them in QuickBooks, then run the same range again",
    });
  }

  finish(
    failure: Failure | null,
    { calls, durationMs, held }: { calls: number; durationMs: number; held: number },
  ): EntityResult {
    const { spec } = this.#job;
    const records = this.#records();
    const landed = records.some(({ status }) => status !== "failed");
    const result: Omit<EntityResult, "windows"> = {
      ...{ name: spec.name, file: spec.file, entity: spec.entity, table: this.#position.table },
      ...{
        ...this.#totals,
        duration_ms: durationMs,
        calls,
        source_count: this.#sourceCount,
        escaped: this.#escaped.size,
        rejected: this.#rejected.size,
        vanished: [...this.#vanished.values()].reduce((sum, count) => sum + count, 0),
        failure,
      },
      status: statusOf(failure, landed, held),
    };
    const open = records.filter(({ status }) => status === "open").length;
    this.#log({ type: "entity_finished", ...this.#position, result, open_windows: open });
    return {
      ...result,
      windows: records.map((record) => ({
        ...windowResult(record),
        vanished: this.#vanished.get(record.from) ?? 0,
      })),
    };
  }

  #close(window: WindowRecord): void {
    this.#closed.set(window.from, window);
    this.#log({ type: "window_closed", ...this.#position, ...windowResult(window) });
  }

  /** In order of time: lanes close theirs side by side. */
  #records(): WindowRecord[] {
    return [...this.#closed.values()].toSorted((a, b) => a.from - b.from);
  }
}

/** An entity that the company lacks is no failure, unless the table holds records of it: then something was lost, such as
 * a right of the user who connected the company. */
function statusOf(failure: Failure | null, landed: boolean, held: number): EntityStatus {
  if (failure === null) return "success";
  if (landed) return "partial success";
  return failure.code === "QBO_NOT_AVAILABLE" && held === 0 ? "not available" : "error";
}

function metricsOf({ changes, durationMs }: PageDone): Metrics {
  const { rows, inserted, updated, unchanged, stale } = changes;
  return { pages: rows > 0 ? 1 : 0, rows, inserted, updated, unchanged, stale, duration_ms: durationMs };
}

function windowResult(window: WindowRecord): WindowResult {
  const { from, to, status, pages, rows, inserted, updated, unchanged, stale, durationMs, error } = window;
  return {
    ...{ window_start_utc: formatInstant(from), window_end_utc: formatInstant(to), status },
    ...{ pages, rows, inserted, updated, unchanged, stale, duration_ms: durationMs, error },
    vanished: 0,
  };
}
