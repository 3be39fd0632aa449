import fc from "fast-check";
import type { EntityResult, Log } from "../../runner/events.ts";
import { readText } from "../../runner/files/read-files.ts";
import type { Interval } from "../../runner/plan/interval.ts";
import { NO_CHANGES } from "../../runner/ports/changes.ts";
import type { Landed, Landing, Rejected, Version, WindowRecord } from "../../runner/ports/landing.ts";
import type { Source } from "../../runner/ports/source.ts";
import {
  compileTemplates,
  type Statements,
  TEMPLATE_NAMES,
  type TemplateFiles,
} from "../../runner/render/templates.ts";
import type { Strategy } from "../../runner/run/entity-job.ts";
import { runEntity } from "../../runner/run/run-entity.ts";
import { resolveSpec } from "../../runner/spec/resolve-spec.ts";
import { runAction } from "../../simulator/control-actions.ts";
import { answerQuery } from "../../simulator/query-endpoint.ts";
import { createWorld, type World } from "../../simulator/world.ts";
import { ROOT } from "../support/cli.ts";

/** A company, how it is read, and what people change meanwhile. */
export interface Storm {
  /** LastUpdatedTime of each customer at the start, in seconds after the start of the range. */
  readonly customers: readonly number[];
  readonly changes: readonly Change[];
  readonly pageSize: number;
  readonly lanes: number;
  readonly strategy: Strategy;
  readonly window: "hour" | "day";
}

export interface Change {
  /** The number of the answer before which the change happens, counted from 0. */
  readonly before: number;
  readonly what: "edit" | "delete" | "deactivate" | "insert";
  readonly customer: number;
}

const DAYS = 4;
const DAY = 86_400_000;
export const RANGE: Interval = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 1) + DAYS * DAY };
/** The time on the storm's clock, long after the range. */
export const NOW = Date.UTC(2026, 5, 1);

/** Seconds with many records in few of them, because bulk imports and the limits of windows matter most. */
const second = fc.oneof(
  fc.integer({ min: 0, max: DAYS * 86_400 - 1 }),
  fc.integer({ min: 100, max: 104 }),
  fc.constantFrom(0, 86_399, 86_400, 86_401, 2 * 86_400, DAYS * 86_400 - 1),
);

const change: fc.Arbitrary<Change> = fc.record({
  before: fc.integer({ min: 0, max: 25 }),
  what: fc.constantFrom("edit", "delete", "deactivate", "insert"),
  customer: fc.integer({ min: 0, max: 59 }),
});

export const storms: fc.Arbitrary<Storm> = fc.record({
  customers: fc.array(second, { maxLength: 60 }),
  changes: fc.array(change, { maxLength: 15 }),
  pageSize: fc.integer({ min: 1, max: 20 }),
  lanes: fc.integer({ min: 1, max: 4 }),
  strategy: fc.constantFrom("sweep", "windowed"),
  window: fc.constantFrom("hour", "day"),
});

const files = Object.fromEntries(
  TEMPLATE_NAMES.map((name) => [name, readText(`templates/${name}`, ROOT)]),
) as unknown as TemplateFiles;
export const STATEMENTS: Statements = compileTemplates(files);

export const SPEC = resolveSpec("customers.yml", { version: 1, entity: "Customer" }, [
  "Active in (true, false)",
]);

/** A company of the simulator, without HTTP, in which changes happen between the answers. */
export class Company {
  readonly world: World = createWorld({ now: new Date(NOW).toISOString() });
  readonly #storm: Storm;
  #answers = 0;
  #inserted = 0;

  constructor(storm: Storm) {
    this.#storm = storm;
    for (const [index, at] of storm.customers.entries()) this.#insert(index, RANGE.from + at * 1000);
    if (this.customers().size !== storm.customers.length)
      throw new Error("the company does not match the storm");
  }

  /** Edits a customer and sets its last update to the given instant. */
  edit(id: string, at: number): void {
    const action = {
      action: "edit",
      entity: "Customer",
      id,
      at: new Date(at).toISOString(),
      set: { Notes: "edited" },
    };
    runAction(this.world, JSON.stringify(action));
  }

  /** Applies the changes that are due, and then returns the text of the answer to a statement. */
  answer(statement: string): string {
    for (const due of this.#storm.changes.filter(({ before }) => before === this.#answers)) this.#apply(due);
    this.#answers++;
    // Every answer takes one second, so that no two edits happen in the same second.
    this.world.clock.advance(1000);
    const { body, status } = answerQuery(this.world, statement);
    if (status !== 200) throw new Error(`the simulator refuses ${statement}: ${String(body)}`);
    return String(body);
  }

  /** Every current customer: its raw text and instant, by id. */
  customers(): ReadonlyMap<string, { readonly raw: string; readonly cursor: number }> {
    const all: RawRecord[] = [];
    for (let start = 1; ; start += 1000) {
      const where = "where Active in (true, false)";
      const text = this.#query(`select * from Customer ${where} startposition ${start} maxresults 1000`);
      const page = recordsIn(text);
      all.push(...page);
      if (page.length < 1000) break;
    }
    return new Map(all.map(({ id, raw, cursor }) => [id, { raw, cursor }]));
  }

  #query(statement: string): string {
    return String(answerQuery(this.world, statement).body);
  }

  #insert(index: number, at: number): void {
    const time = new Date(at).toISOString().replace(".000Z", "+00:00");
    const record = `{"DisplayName":"C${index}","Balance":${index}.00,"Active":true,"Id":"${index + 1}","SyncToken":"0","MetaData":{"CreateTime":"${time}","LastUpdatedTime":"${time}"}}`;
    runAction(this.world, `{"action":"insert","entity":"Customer","records":[${record}]}`);
  }

  #apply({ what, customer }: Change): void {
    if (what === "insert") {
      this.#insert(1000 + this.#inserted++, this.world.clock.now());
      return;
    }
    const id = String(customer + 1);
    const exists = this.#query(
      `select Id from Customer where Active in (true, false) and Id = '${id}'`,
    ).includes('"Id"');
    if (exists) runAction(this.world, JSON.stringify({ action: what, entity: "Customer", id }));
  }
}

interface RawRecord {
  readonly id: string;
  readonly raw: string;
  readonly cursor: number;
}

export function recordsIn(text: string): RawRecord[] {
  const records: unknown = JSON.parse(text).QueryResponse.Customer ?? [];
  if (!Array.isArray(records)) throw new Error("no records");
  return records.map((record) => ({
    id: String(record.Id),
    raw: JSON.stringify(record),
    cursor: Date.parse(record.MetaData.LastUpdatedTime),
  }));
}

export interface Stored {
  readonly raw: string;
  readonly cursor: number;
  readonly ingestedAt: number;
  readonly window: Interval;
}

/** A landing in memory that behaves like the upsert statement. */
export class MemoryLanding implements Landing {
  readonly rows = new Map<string, Stored>();
  readonly windows = new Map<number, WindowRecord>();
  /** Why no seal counts. Reported only once. */
  changed: string | undefined;
  /** Windows that an earlier run has sealed but not proven. */
  readonly earlier: WindowRecord[] = [];
  /** Ids of records that cannot be stored. */
  readonly unstorable = new Set<string>();
  /** Ids of records that a trigger drops. */
  readonly discarding = new Set<string>();
  readonly marked: string[] = [];
  readonly unsealed: Interval[] = [];
  tidied = 0;
  readonly writes: string[] = [];

  async prepare(): Promise<void> {}

  /** The storm's clock, in place of PostgreSQL's. */
  clock: () => number = () => NOW;

  /** When everything was requested, in tests where answers arrive later. */
  askedAt: number | undefined;

  async verify(): Promise<{ rows: number; changed: string | undefined }> {
    const { changed } = this;
    this.changed = undefined;
    return { rows: this.rows.size, changed };
  }

  async now(): Promise<{ earliest: number; latest: number }> {
    return { earliest: this.askedAt ?? this.clock(), latest: this.clock() };
  }

  async lacking(_: unknown, versions: readonly Version[]): Promise<readonly Version[]> {
    return versions.filter(({ id, cursor = 0 }) => (this.rows.get(id)?.cursor ?? -1) < cursor);
  }

  async load(page: Parameters<Landing["load"]>[0], close: Parameters<Landing["load"]>[1]): Promise<void> {
    const records = page.text === "{}" ? [] : recordsIn(page.text);
    const counts = new Map<number, Landed>();
    const rejected: Rejected[] = [];
    for (const { ordinal, id, window } of page.taken) {
      const record = records[ordinal - 1];
      if (record?.id !== id) throw new Error(`ordinal ${ordinal} is not record ${id}`);
      const count = counts.get(window.from) ?? {
        ...NO_CHANGES,
        from: window.from,
        collided: 0,
        discarded: 0,
      };
      if (this.unstorable.has(id)) {
        rejected.push({ id, window, reason: `Customer ${id} cannot be stored` });
        continue;
      }
      if (this.discarding.has(id)) {
        counts.set(window.from, { ...count, rows: count.rows + 1, discarded: count.discarded + 1 });
        continue;
      }
      const became = this.#put({ ...record, ingestedAt: page.receivedAt, window }, page.askedAt);
      counts.set(window.from, { ...count, rows: count.rows + 1, [became]: count[became] + 1 });
    }
    for (const window of close({ landed: [...counts.values()], rejected }))
      this.windows.set(window.from, window);
  }

  readonly proven = new Set<number>();

  async unproven(): Promise<readonly WindowRecord[]> {
    return this.earlier;
  }

  async recordProof(_: unknown, windows: readonly WindowRecord[]): Promise<void> {
    for (const { from } of windows) this.proven.add(from);
  }

  async tidy(): Promise<void> {
    this.tidied++;
  }

  async holds(): Promise<boolean> {
    return this.rows.size > 0;
  }

  async countByWindow(_: unknown, windows: readonly Interval[]): Promise<number[]> {
    const all = [...this.rows.values()];
    return windows.map(({ from, to }) => all.filter(({ cursor }) => cursor >= from && cursor < to).length);
  }

  async mark(_: unknown, windows: Parameters<Landing["mark"]>[1], code: string): Promise<void> {
    this.marked.push(code);
    for (const window of windows) this.windows.set(window.from, window);
  }

  async unseal(_: unknown, windows: readonly Interval[]): Promise<void> {
    for (const { from, to } of windows) {
      this.unsealed.push({ from, to });
      const window = this.windows.get(from);
      if (window !== undefined) this.windows.set(from, { ...window, status: "failed" });
    }
  }

  async locked<T>(_: unknown, work: () => Promise<T>): Promise<T> {
    return work();
  }

  #put(
    { id, ...next }: Stored & { id: string },
    askedAt: number,
  ): "inserted" | "updated" | "unchanged" | "stale" {
    const stored = this.rows.get(id);
    if (stored?.raw === next.raw) return "unchanged";
    if (stored !== undefined && stored.ingestedAt > askedAt && isNewer(stored, next)) return "stale";
    this.rows.set(id, next);
    this.writes.push(id);
    return stored === undefined ? "inserted" : "updated";
  }
}

/** Decides which of two versions is newer if their reads overlap. */
const isNewer = (one: Stored, other: Stored): boolean =>
  one.cursor > other.cursor || (one.cursor === other.cursor && one.ingestedAt > other.ingestedAt);

/** The settings of a run through a storm. */
export interface Conditions {
  readonly statements?: Statements;
  readonly landing?: MemoryLanding;
  readonly company?: Company;
  readonly range?: Interval;
  /** Stands in front of the company, to fail or to change its answers. */
  readonly before?: (source: Source) => Source;
  readonly resume?: boolean;
  readonly reliesOnSeals?: boolean;
  readonly spec?: typeof SPEC;
  readonly monotonic?: () => number;
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

export interface Weathered {
  readonly result: EntityResult;
  readonly landing: MemoryLanding;
  readonly company: Company;
  readonly calls: number;
}

/** Runs the runner's own engine during a storm. */
export async function weather(storm: Storm, conditions: Conditions = {}): Promise<Weathered> {
  const {
    statements = STATEMENTS,
    landing = new MemoryLanding(),
    company = new Company(storm),
    range = RANGE,
    before = (source) => source,
    spec = SPEC,
    log = () => undefined,
    signal = new AbortController().signal,
  } = conditions;
  let calls = 0;
  const ask = async (statement: string): Promise<string> => {
    calls++;
    if (calls > 5000) throw new Error("the run does not end");
    // Lanes must be interleaved, as they are over a network.
    await new Promise((resolve) => setImmediate(resolve));
    return company.answer(statement);
  };
  const now = () => company.world.clock.now();
  landing.clock = now;
  const source: Source = before({
    page: async (statement) => {
      const asOf = now();
      const text = await ask(statement);
      return { text, records: JSON.parse(text).QueryResponse.Customer ?? [], asOf, behind: 0 };
    },
    count: async (statement) => Number(JSON.parse(await ask(statement)).QueryResponse.totalCount ?? 0),
    calls: () => calls,
  });
  const job = {
    spec: { ...spec, window: storm.window },
    spans: [range],
    pageSize: storm.pageSize,
    strategy: storm.strategy,
    maxLanes: storm.lanes,
    resume: conditions.resume ?? false,
    reliesOnSeals: conditions.reliesOnSeals ?? false,
    index: 1,
    total: 1,
  };
  const ports = { source, landing, statements, now, monotonic: conditions.monotonic ?? now, request: {} };
  const result = await runEntity(job, ports, log, signal);
  return { result, landing, company, calls };
}
