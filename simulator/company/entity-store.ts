import { compareIds } from "./compare-ids.ts";
import type { CompanyRecord } from "./record.ts";

/**
 * The records of one entity. They are kept in an array ordered by LastUpdatedTime, so that a binary search finds a time
 * range. Other orders are sorted on first use and kept until the next change.
 */
export class EntityStore {
  readonly #byKey = new Map<string, CompanyRecord>();
  #byTime: CompanyRecord[] = [];
  readonly #orders = new Map<string, readonly CompanyRecord[]>();
  /** Top-level members that any record has. Such a name exists, although it may not be queryable. */
  readonly seenMembers = new Set<string>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): CompanyRecord | undefined {
    return this.#byKey.get(key);
  }

  /** Adds records. A record with the key of an older one replaces it. */
  putAll(records: readonly CompanyRecord[]): void {
    this.#orders.clear();
    const [only] = records;
    if (only && records.length === 1) {
      this.#putOne(only);
      return;
    }
    for (const record of records) {
      this.#byKey.set(record.key, record);
      this.#noteMembers(record);
    }
    this.#byTime = [...this.#byKey.values()].sort(compareTimes);
  }

  #putOne(record: CompanyRecord): void {
    const old = this.#byKey.get(record.key);
    if (old) this.#removeFromTime(old);
    this.#byKey.set(record.key, record);
    this.#byTime.splice(this.#indexOf(record), 0, record);
    this.#noteMembers(record);
  }

  remove(key: string): CompanyRecord | undefined {
    const record = this.#byKey.get(key);
    if (!record) return undefined;
    this.#orders.clear();
    this.#byKey.delete(key);
    this.#removeFromTime(record);
    return record;
  }

  clear(): void {
    this.#byKey.clear();
    this.#orders.clear();
    this.#byTime = [];
  }

  /** All records by ascending LastUpdatedTime, and by ascending Id within one second. */
  byTime(): readonly CompanyRecord[] {
    return this.#byTime;
  }

  /** The index of the first record updated at or after an instant (UTC ms). */
  firstAtOrAfter(instant: number): number {
    return lowerBound(this.#byTime, (record) => record.updated >= instant);
  }

  /** All records in another order, sorted by `sort` once and kept until the next change. */
  ordered(
    name: string,
    sort: (records: readonly CompanyRecord[]) => CompanyRecord[],
  ): readonly CompanyRecord[] {
    let order = this.#orders.get(name);
    if (!order) {
      order = sort(this.#byTime);
      this.#orders.set(name, order);
    }
    return order;
  }

  #indexOf(record: CompanyRecord): number {
    return lowerBound(this.#byTime, (other) => compareTimes(other, record) >= 0);
  }

  #removeFromTime(record: CompanyRecord): void {
    const at = this.#indexOf(record);
    if (this.#byTime[at] === record) this.#byTime.splice(at, 1);
  }

  #noteMembers(record: CompanyRecord): void {
    if (this.#byKey.size > 5000) return;
    for (const member of Object.keys(record.fields)) this.seenMembers.add(member.toLowerCase());
  }
}

function compareTimes(a: CompanyRecord, b: CompanyRecord): number {
  return a.updated - b.updated || compareIds(a.id, b.id) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

function lowerBound(list: readonly CompanyRecord[], reached: (record: CompanyRecord) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = list[middle];
    if (record && reached(record)) high = middle;
    else low = middle + 1;
  }
  return low;
}
