import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareIds } from "./compare-ids.ts";
import { EntityStore } from "./entity-store.ts";
import type { CompanyRecord } from "./record.ts";

function record(id: number, updated: number): CompanyRecord {
  return { key: String(id), id: String(id), updated, active: true, raw: "{}", fields: {} };
}

const change = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), id: fc.integer({ min: 1, max: 15 }), at: fc.nat(8) }),
  fc.record({ kind: fc.constant("remove" as const), id: fc.integer({ min: 1, max: 15 }), at: fc.nat(8) }),
);

describe("EntityStore", () => {
  it("keeps its records ordered by time, then Id, through any changes", () => {
    fc.assert(
      fc.property(fc.array(change), fc.nat(9), (changes, instant) => {
        const store = new EntityStore();
        const model = new Map<string, CompanyRecord>();
        store.putAll([record(3, 5), record(1, 5), record(2, 1)]);
        for (const { key, updated } of store.byTime()) model.set(key, record(Number(key), updated));
        for (const { kind, id, at } of changes) {
          if (kind === "put") {
            store.putAll([record(id, at)]);
            model.set(String(id), record(id, at));
          } else {
            store.remove(String(id));
            model.delete(String(id));
          }
        }
        const expected = [...model.values()].sort(
          (a, b) => a.updated - b.updated || Number(a.id) - Number(b.id),
        );
        expect(store.byTime()).toEqual(expected);
        expect(store.size).toBe(model.size);
        expect(store.firstAtOrAfter(instant)).toBe(
          expected.filter(({ updated }) => updated < instant).length,
        );
      }),
    );
  });

  it("keeps another order until something changes", () => {
    const store = new EntityStore();
    store.putAll([record(1, 1), record(2, 2)]);
    const backwards = (records: readonly CompanyRecord[]) => [...records].reverse();
    const first = store.ordered("backwards", backwards);
    expect(store.ordered("backwards", backwards)).toBe(first);
    store.putAll([record(3, 3)]);
    expect(store.ordered("backwards", backwards).map(({ id }) => id)).toEqual(["3", "2", "1"]);
  });
});

describe("compareIds", () => {
  it("orders digits of any length as numbers, then words", () => {
    const ids = ["TAX", "100000000004062174", "9", "5000000000000085682", "10", "NON", "21265566926"];
    expect(ids.sort(compareIds)).toEqual([
      "9",
      "10",
      "21265566926",
      "100000000004062174",
      "5000000000000085682",
      "NON",
      "TAX",
    ]);
  });
});
