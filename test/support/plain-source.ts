import { CountRefused } from "../../runner/errors.ts";
import type { Interval } from "../../runner/plan/interval.ts";
import type { PagePlace } from "../../runner/plan/sweep-state.ts";
import { NO_CHANGES } from "../../runner/ports/changes.ts";
import type { Landed, Landing, PageLoad, Version, WindowRecord } from "../../runner/ports/landing.ts";
import type { Source } from "../../runner/ports/source.ts";
import type { Statements } from "../../runner/render/templates.ts";
import type { SweepPorts } from "../../runner/run/sweep-ports.ts";
import { resolveSpec } from "../../runner/spec/resolve-spec.ts";

/** Cursors in milliseconds by id. */
export type Plain = ReadonlyMap<string, number>;

/** A time long after everything that is requested. */
export const LATER = Date.UTC(2026, 5, 1);

export const CUSTOMERS = resolveSpec(
  "customers.yml",
  { version: 1, entity: "Customer", query: "select * from Customer" },
  [""],
);

export type Asked =
  | ({ readonly what: "page"; readonly query: string } & PagePlace)
  | { readonly what: "count"; readonly query: string; readonly interval: Interval | null };

/** Statements that describe their purpose in JSON. */
export const STATEMENTS: Statements = {
  page: ({ query }, { interval, start, limit }) =>
    JSON.stringify({ what: "page", query, interval, start, limit } satisfies Asked),
  count: ({ query }, interval) => JSON.stringify({ what: "count", query, interval } satisfies Asked),
  table: () => "",
  upsert: () => "",
  fileOf: () => "",
};

/** How a source changes its answers. */
export interface Behaviour {
  /** Changes the content of a page, or throws an error. */
  readonly page?: (found: readonly string[], asked: Asked & { what: "page" }) => readonly string[];
  /** Changes a count. Undefined means that the source refuses to count. */
  readonly count?: (count: number, asked: Asked & { what: "count" }) => number | undefined;
}

/** A source of records that consist only of an id and a cursor, ordered by the cursor. */
export class PlainSource implements Source {
  readonly asked: Asked[] = [];
  readonly #records: Plain;
  readonly #behaviour: Behaviour;

  constructor(records: Plain, behaviour: Behaviour = {}) {
    this.#records = records;
    this.#behaviour = behaviour;
  }

  calls(): number {
    return this.asked.length;
  }

  async page(statement: string) {
    const asked: Asked = JSON.parse(statement);
    this.asked.push(asked);
    if (asked.what !== "page") throw new Error("not a request for a page");
    const { start, limit } = asked;
    const found = this.#within(asked.interval).slice(start - 1, start - 1 + limit);
    const records = (this.#behaviour.page?.(found, asked) ?? found).map((id) => ({
      Id: id,
      MetaData: { LastUpdatedTime: new Date(this.#records.get(id) ?? 0).toISOString() },
    }));
    return { text: JSON.stringify({ records }), records, asOf: LATER, behind: 0 };
  }

  async count(statement: string): Promise<number> {
    const asked: Asked = JSON.parse(statement);
    this.asked.push(asked);
    if (asked.what !== "count") throw new Error("not a request for a count");
    const all = this.#within(asked.interval).length;
    const count = this.#behaviour.count === undefined ? all : this.#behaviour.count(all, asked);
    if (count === undefined) throw new CountRefused("QBO_NOT_COUNTED", "not counted");
    return count;
  }

  #within(interval: Interval | null): string[] {
    return [...this.#records]
      .filter(([, at]) => interval === null || (at >= interval.from && at < interval.to))
      .toSorted(([, a], [, b]) => a - b)
      .map(([id]) => id);
  }
}

/** A table that keeps only ids and cursors. */
export class PlainLanding implements Landing {
  readonly rows = new Map<string, number>();
  readonly unsealed: Interval[] = [];
  readonly reasons: string[] = [];
  readonly marked: WindowRecord[] = [];
  readonly loads: PageLoad[] = [];

  constructor(rows: Plain = new Map()) {
    for (const [id, at] of rows) this.rows.set(id, at);
  }

  async verify() {
    return { rows: this.rows.size, changed: undefined };
  }
  async prepare() {}
  async now() {
    return { earliest: LATER, latest: LATER };
  }
  async load(page: PageLoad, close: Parameters<Landing["load"]>[1]): Promise<void> {
    this.loads.push(page);
    const records: { Id: string; MetaData: { LastUpdatedTime: string } }[] =
      JSON.parse(page.text).records ?? [];
    const landed = new Map<number, Landed>();
    for (const { ordinal, id, window } of page.taken) {
      this.rows.set(id, Date.parse(records[ordinal - 1]?.MetaData.LastUpdatedTime ?? ""));
      const { rows } = landed.get(window.from) ?? { rows: 0 };
      const { from } = window;
      landed.set(from, {
        ...NO_CHANGES,
        from,
        rows: rows + 1,
        inserted: rows + 1,
        collided: 0,
        discarded: 0,
      });
    }
    close({ landed: [...landed.values()], rejected: [] });
  }
  async holds() {
    return false;
  }
  async countByWindow(_: unknown, windows: readonly Interval[]) {
    return windows.map(
      ({ from, to }) => [...this.rows.values()].filter((at) => at >= from && at < to).length,
    );
  }
  async lacking(_: unknown, versions: readonly Version[]) {
    return versions.filter(({ id, cursor = 0 }) => (this.rows.get(id) ?? -1) < cursor);
  }
  async mark(_: unknown, windows: readonly WindowRecord[]) {
    this.marked.push(...windows);
  }
  async unproven() {
    return [];
  }
  async recordProof() {}
  async tidy() {}
  async unseal(_: unknown, windows: readonly Interval[], reason: string) {
    this.unsealed.push(...windows.map(({ from, to }) => ({ from, to })));
    this.reasons.push(reason);
  }
  locked<T>(_: unknown, work: () => Promise<T>): Promise<T> {
    return work();
  }
}

export const portsOf = (source: Source, landing: Landing): SweepPorts => ({
  source,
  landing,
  statements: STATEMENTS,
  now: () => LATER,
  monotonic: () => 0,
  request: { project: "test" },
});
