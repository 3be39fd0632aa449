import { RunnerError } from "../errors.ts";
import type { EntityResult, EntityStatus, Failure, Log, Position, WindowResult } from "../events.ts";
import { formatInstant } from "../plan/interval.ts";
import { NO_CHANGES, plus } from "../ports/changes.ts";
import type { Rejected, WindowRecord } from "../ports/landing.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import { type EntityJob, windowsOf } from "./entity-job.ts";
import { type Mismatch, proofFailure } from "./prove.ts";
import type { PageDone } from "./sweep-windows.ts";

/** Collects what is known about an entity while it is loaded, and logs it as it becomes known. */
export class Progress {
  readonly #job: EntityJob;
  readonly #log: Log;
  readonly #label: Position;
  /** Closed windows by their start. If a window was read again, this is its last reading. */
  readonly #closed = new Map<number, WindowRecord>();
  readonly #skipped = new Set<string>();
  /** How many records have vanished from a window, by the window's start. */
  readonly #vanished = new Map<number, number>();
  readonly #escaped = new Set<string>();
  /** The reason why the database cannot hold a record, by the record's id. */
  readonly #rejected = new Map<string, string>();
  readonly #unproven: WindowRecord[] = [];
  #changes = NO_CHANGES;
  /** How many pages contained records that were not read before. */
  #pagesLoaded = 0;
  /** How many pages contained any records. */
  #pagesLogged = 0;
  #sourceCount: number | null = null;

  constructor(job: EntityJob, log: Log) {
    const { spec, spans, index, total } = job;
    this.#job = job;
    this.#log = log;
    this.#label = {
      index,
      total,
      name: spec.name,
      entity: spec.entity,
      table: tableNameOf(spec),
    };
    log({
      type: "entity_started",
      ...this.#label,
      windows: spans.flatMap((span) => windowsOf(spec, span)).length,
    });
  }

  take(page: PageDone): void {
    this.#changes = plus(this.#changes, page.changes);
    if (page.changes.rows > 0) this.#pagesLoaded++;
    if (page.read > 0) this.#logPage(page);
    if (page.skipped !== undefined) {
      this.#skipped.add(page.skipped);
      this.#log({ type: "notice", level: "warn", message: page.skipped });
    }
    for (const id of page.escaped) this.#logEscaped(id);
    for (const rejected of page.rejected) this.#logRejected(rejected);
    for (const window of page.closed) this.#close(window);
  }

  #logPage({ read, changes, durationMs, completeTo }: PageDone): void {
    this.#pagesLogged++;
    this.#log({
      type: "page_loaded",
      ...this.#label,
      ...changes,
      pages: changes.rows > 0 ? 1 : 0,
      duration_ms: durationMs,
      page: this.#pagesLogged,
      read,
      through: formatInstant(completeTo),
    });
  }

  #logEscaped(id: string): void {
    if (this.#escaped.has(id)) return;
    this.#escaped.add(id);
    const message = `${this.#job.spec.entity} ${id} holds characters that PostgreSQL cannot store; they are kept as text, such as \\u0000`;
    this.#log({ type: "notice", level: "warn", message });
  }

  #logRejected({ id, reason }: Rejected): void {
    if (this.#rejected.has(id)) return;
    this.#rejected.set(id, reason);
    this.#log({ type: "notice", level: "warn", message: `${reason}; it is kept as text in qbo.rejected` });
  }

  /** Adds a window whose proof has failed. */
  doubt(window: WindowRecord): void {
    this.#unproven.push(window);
    this.#close(window);
  }

  /** Adds the number of records that RAW holds in a window although the source no longer has them there. */
  vanished(window: WindowRecord, count: number): void {
    if (count === 0) return;
    this.#vanished.set(window.from, count);
    const what = `${count} ${count === 1 ? "record" : "records"} of ${this.#job.spec.entity}`;
    const place = `the window ${formatInstant(window.from)} to ${formatInstant(window.to)}`;
    const message = `${what} vanished from ${place}: deleted at the source or changed later`;
    this.#log({ type: "notice", level: "warn", message });
  }

  /** Adds the number of records that the source has in windows that were proven together. */
  counted(count: number): void {
    this.#sourceCount = (this.#sourceCount ?? 0) + count;
  }

  tellMismatch({ window, rows, sourceCount }: Mismatch): void {
    this.#log({
      type: "proof_mismatch",
      entity: this.#job.spec.entity,
      window_start_utc: formatInstant(window.from),
      window_end_utc: formatInstant(window.to),
      rows,
      source_count: sourceCount,
    });
  }

  sealed(): WindowRecord[] {
    return this.#windows().filter(({ status }) => status === "sealed");
  }

  failure(): RunnerError | undefined {
    const [first] = this.#skipped;
    if (first === undefined) return this.#rejection() ?? proofFailure(this.#job.spec, this.#unproven);
    const more = this.#skipped.size > 1 ? ` (and ${this.#skipped.size - 1} more)` : "";
    return new RunnerError("QBO_POISON_RECORD", `${first}${more}`, {
      hint: "all other records are loaded; repair this one in QuickBooks, then run the same range again",
    });
  }

  #rejection(): RunnerError | undefined {
    const [first] = this.#rejected.values();
    if (first === undefined) return undefined;
    const more = this.#rejected.size > 1 ? ` (and ${this.#rejected.size - 1} more)` : "";
    return new RunnerError("RECORD_REJECTED", `${first}${more}`, {
      hint: "all other records are loaded; the rejected ones are kept as text in qbo.rejected; correct them in QuickBooks, then run the same range again",
    });
  }

  finish(
    failure: Failure | null,
    { calls, durationMs, held }: { calls: number; durationMs: number; held: number },
  ): EntityResult {
    const { spec } = this.#job;
    const records = this.#windows();
    const landed = records.some(({ status }) => status !== "failed");
    const result: Omit<EntityResult, "windows"> = {
      name: spec.name,
      file: spec.file,
      entity: spec.entity,
      table: this.#label.table,
      pages: this.#pagesLoaded,
      ...this.#changes,
      duration_ms: durationMs,
      calls,
      source_count: this.#sourceCount,
      escaped: this.#escaped.size,
      rejected: this.#rejected.size,
      vanished: [...this.#vanished.values()].reduce((sum, count) => sum + count, 0),
      failure,
      status: statusOf(failure, landed, held),
    };
    const open = records.filter(({ status }) => status === "open").length;
    this.#log({ type: "entity_finished", ...this.#label, result, open_windows: open });
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
    this.#log({ type: "window_closed", ...this.#label, ...windowResult(window) });
  }

  /** The closed windows in order of time. Lanes close their windows at the same time, so they are sorted here. */
  #windows(): WindowRecord[] {
    return [...this.#closed.values()].toSorted((a, b) => a.from - b.from);
  }
}

/** The status of an entity. An entity that the company does not have is not a failure, unless the table holds records of it.
 * Then something was lost, for example a right of the user who connected the company. */
function statusOf(failure: Failure | null, landed: boolean, held: number): EntityStatus {
  if (failure === null) return "success";
  if (landed) return "partial success";
  return failure.code === "QBO_NOT_AVAILABLE" && held === 0 ? "not available" : "error";
}

function windowResult(window: WindowRecord): WindowResult {
  const { from, to, status, pages, rows, inserted, updated, unchanged, stale, durationMs, error } = window;
  return {
    window_start_utc: formatInstant(from),
    window_end_utc: formatInstant(to),
    status,
    pages,
    rows,
    inserted,
    updated,
    unchanged,
    stale,
    duration_ms: durationMs,
    error,
    vanished: 0,
  };
}
