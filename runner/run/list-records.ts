import { CountRefused, RunnerError } from "../errors.ts";
import type { Interval } from "../plan/interval.ts";
import { nextAsk, startSweep, takeCount, takeCountRefusal, takePage } from "../plan/sweep.ts";
import {
  type Ask,
  type Row,
  SECOND,
  type Step,
  type Sweep,
  SweepError,
  secondOf,
} from "../plan/sweep-state.ts";
import type { Source } from "../ports/source.ts";
import { quoteLiteral } from "../render/helpers.ts";
import type { Statements } from "../render/templates.ts";
import { partsOf } from "../spec/resolve-spec.ts";
import type { EntitySpec } from "../spec/types.ts";
import { orderOf } from "./entity-job.ts";
import { explainSweep } from "./explain-sweep.ts";
import { readRows } from "./read-rows.ts";

/** The spec with a query that returns only some fields, a projection. */
export function withFields(spec: EntitySpec, fields: readonly string[]): EntitySpec {
  const where = spec.condition === "" ? "" : ` where ${spec.condition}`;
  return { ...spec, query: `select ${fields.join(", ") || "Id"} from ${spec.entity}${where}` };
}

/** The spec with a query for only the records with these ids. */
export function withIds(spec: EntitySpec, ids: readonly string[]): EntitySpec {
  const literals = ids.map(quoteLiteral).join(", ");
  const condition = [spec.condition, `Id in (${literals})`].filter((part) => part !== "").join(" and ");
  return withFields({ ...spec, condition }, ["*"]);
}

/** How many records a listing requests per call: the maximum of the API. */
export const LISTED_AT_ONCE = 1000;

/** What a listing needs from outside. */
export interface ListingPorts {
  readonly source: Source;
  readonly statements: Statements;
}

/** Lists the key and the cursor of each record that the source has for an entity, a thousand records per call. If the API
 * refuses to return only these fields, or leaves them out, whole records are requested instead. */
export class Listing {
  readonly #parts: readonly EntitySpec[];
  readonly #ports: ListingPorts;
  /** Whether only single fields are requested. */
  #isProjecting: boolean;
  /** The highest cursor that was listed, in milliseconds since 1970. */
  #last = 0;

  constructor(spec: EntitySpec, ports: ListingPorts) {
    this.#parts = partsOf(spec);
    this.#ports = ports;
    // The fields of a wrapped record have other names in a query.
    this.#isProjecting = !spec.wrapped && spec.key.length > 0;
  }

  /** Lists the records of a span page by page, or the whole set if the entity has no cursor. A record that changes meanwhile
   * may be left out. No record is listed twice. */
  async *records(span: Interval, signal: AbortSignal): AsyncGenerator<readonly Row[]> {
    this.#last = span.from;
    for (const part of this.#parts) {
      let sweep = startSweep(span, LISTED_AT_ONCE, orderOf(part));
      for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
        signal.throwIfAborted();
        const step = await this.#answerTo(part, ask, sweep, signal);
        for (const { cursor } of step.fresh) this.#last = Math.max(this.#last, cursor ?? this.#last);
        if (step.fresh.length > 0) yield step.fresh;
        sweep = step.sweep;
      }
    }
  }

  /** Whether a span has more records than were just listed, and if so, how many. An API that returns incomplete pages returns
   * incomplete lists too. If the API does not count the entity, records after the last listed one are requested instead. */
  async holdsMore(span: Interval, listed: number, signal: AbortSignal): Promise<false | { counted: number }> {
    const counted = await this.count(span, signal);
    if (counted !== undefined) return listed < counted && { counted };
    const [spec] = this.#parts;
    const from = secondOf(this.#last) + SECOND;
    if (spec === undefined || spec.cursor === null || from >= span.to) return false;
    const rest = { from, to: span.to };
    const rows = await this.#read(spec, { kind: "page", interval: rest, start: 1, limit: 1 }, signal);
    return rows.length > 0 && { counted: listed + rows.length };
  }

  /** How many records of a span the source counts; undefined if the API does not count the entity. */
  async count(span: Interval, signal: AbortSignal): Promise<number | undefined> {
    const { source, statements } = this.#ports;
    let sum = 0;
    for (const part of this.#parts) {
      if (!part.paging) return undefined;
      try {
        sum += await source.count(statements.count(part, part.cursor === null ? null : span), signal);
      } catch (error) {
        if (error instanceof CountRefused) return undefined;
        throw error;
      }
    }
    return sum;
  }

  async #answerTo(spec: EntitySpec, ask: Ask, sweep: Sweep, signal: AbortSignal): Promise<Step> {
    if (ask.kind === "count") return this.#countFor(spec, ask, sweep, signal);
    if (this.#isProjecting) {
      try {
        const fields = spec.cursor === null ? spec.key : [...spec.key, spec.cursor];
        return takePage(sweep, await this.#read(withFields(spec, fields), ask, signal));
      } catch (error) {
        if (!isOfProjection(error)) throw error;
        this.#isProjecting = false;
      }
    }
    const rows = await this.#read(spec, ask, signal);
    try {
      return takePage(sweep, rows);
    } catch (error) {
      throw explainSweep(error, spec);
    }
  }

  async #countFor(spec: EntitySpec, ask: Ask, sweep: Sweep, signal: AbortSignal): Promise<Step> {
    const { source, statements } = this.#ports;
    try {
      return takeCount(sweep, await source.count(statements.count(spec, ask.interval), signal));
    } catch (error) {
      const step = error instanceof CountRefused ? takeCountRefusal(sweep) : undefined;
      if (step === undefined) throw explainSweep(error, spec);
      return step;
    }
  }

  async #read(spec: EntitySpec, ask: Ask & { kind: "page" }, signal: AbortSignal): Promise<readonly Row[]> {
    const { source, statements } = this.#ports;
    const page = await source.page(statements.page(spec, ask), spec.answerKey, signal);
    return readRows(spec, page.records);
  }
}

const MAY_BE_OF_PROJECTION: ReadonlySet<string> = new Set([
  "QBO_QUERY_REFUSED",
  "QBO_NOT_AVAILABLE",
  "QBO_POISON_RECORD",
  "QBO_UNEXPECTED_ANSWER",
]);

/** Whether an error may be caused by the projection, so that a request for whole records may succeed. */
const isOfProjection = (error: unknown): boolean =>
  error instanceof SweepError || (error instanceof RunnerError && MAY_BE_OF_PROJECTION.has(error.code));
