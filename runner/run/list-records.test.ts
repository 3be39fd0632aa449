import { describe, expect, it } from "vitest";
import {
  type Behaviour,
  CUSTOMERS,
  PlainLanding,
  PlainSource,
  portsOf,
} from "../../test/support/plain-source.ts";
import { type FailureCode, RunnerError } from "../errors.ts";
import type { Source } from "../ports/source.ts";
import type { EntitySpec } from "../spec/types.ts";
import { Listing, withFields, withIds } from "./list-records.ts";
import { nameRecord } from "./name-record.ts";

const SPAN = { from: 0, to: 100_000 };
const signal = new AbortController().signal;
const evenly = (count: number): Map<string, number> =>
  new Map(Array.from({ length: count }, (_, index) => [`id${index}`, Math.floor((index * 90_000) / count)]));
const listingOf = (source: Source, spec: EntitySpec = CUSTOMERS) =>
  new Listing(spec, portsOf(source, new PlainLanding()));

async function list(source: Source, spec: EntitySpec = CUSTOMERS, abort = signal) {
  const pages: string[][] = [];
  for await (const rows of listingOf(source, spec).records(SPAN, abort)) pages.push(rows.map(({ id }) => id));
  return pages;
}

const queriesOf = (source: PlainSource) => source.asked.map(({ query }) => query);
const refusing = (code: FailureCode): Behaviour => ({
  page: (found, { query }) => {
    if (!query.startsWith("select *")) throw new RunnerError(code, "no");
    return found;
  },
});

describe("a projection", () => {
  const active = { ...CUSTOMERS, condition: "Active = true" };

  it("requests some fields of the records that the spec reads", () => {
    expect(withFields(CUSTOMERS, ["Id", "A.B"]).query).toBe("select Id, A.B from Customer");
    expect(withFields(active, ["Id"]).query).toBe("select Id from Customer where Active = true");
    expect(withFields(CUSTOMERS, []).query).toBe("select Id from Customer");
  });

  it("onto some ids adds a condition that quotes each id", () => {
    expect(withIds(CUSTOMERS, ["1", "O'N\\"]).query).toBe(
      "select * from Customer where Id in ('1', 'O\\'N\\\\')",
    );
    expect(withIds(active, ["1"])).toMatchObject({
      query: "select * from Customer where Active = true and Id in ('1')",
      condition: "Active = true and Id in ('1')",
    });
  });
});

describe("a list", () => {
  it("contains every record once, requests a thousand per call, and only their key and cursor", async () => {
    const source = new PlainSource(evenly(2500));
    const pages = await list(source);
    expect(pages).toHaveLength(3);
    expect(pages.flat()).toHaveLength(2500);
    expect(new Set(pages.flat()).size).toBe(2500);
    expect(new Set(queriesOf(source))).toEqual(
      new Set(["select Id, MetaData.LastUpdatedTime from Customer"]),
    );
    expect(source.asked.every((asked) => asked.what === "page" && asked.limit === 1000)).toBe(true);
  });

  it("of nothing has no pages", async () => {
    expect(await list(new PlainSource(new Map()))).toEqual([]);
  });

  it("requests whole records of a wrapped entity, and of one without a key", async () => {
    const wrapped = new PlainSource(new Map());
    await list(wrapped, { ...CUSTOMERS, wrapped: true });
    const single = new PlainSource(new Map());
    await list(single, { ...CUSTOMERS, key: [], cursor: null, paging: false });
    expect([...queriesOf(wrapped), ...queriesOf(single)]).toEqual([
      "select * from Customer",
      "select * from Customer",
    ]);
  });

  it("of a set without a cursor requests only the key, and is confirmed by a count of the whole set", async () => {
    const source = new PlainSource(evenly(3));
    const spec = { ...CUSTOMERS, cursor: null };
    expect(await list(source, spec)).toEqual([["id0", "id1", "id2"]]);
    expect(source.asked).toEqual([
      { what: "page", query: "select Id from Customer", interval: null, start: 1, limit: 1000 },
      { what: "count", query: "select * from Customer", interval: null },
    ]);
    const uncounted = new PlainSource(evenly(3), { count: () => undefined });
    expect(await list(uncounted, spec)).toEqual([["id0", "id1", "id2"]]);
  });

  it.each(["QBO_QUERY_REFUSED", "QBO_NOT_AVAILABLE", "QBO_POISON_RECORD", "QBO_UNEXPECTED_ANSWER"] as const)(
    "requests whole records after %s, and no longer single fields",
    async (code) => {
      const source = new PlainSource(evenly(1200), refusing(code));
      expect((await list(source)).flat()).toHaveLength(1200);
      expect(queriesOf(source).map((query) => query.startsWith("select *"))).toEqual([false, true, true]);
    },
  );

  it("requests whole records if single fields come in the wrong order", async () => {
    const source = new PlainSource(evenly(5), {
      page: (found, { query }) => (query.startsWith("select *") ? found : found.toReversed()),
    });
    expect((await list(source)).flat()).toHaveLength(5);
    const shuffled = new PlainSource(evenly(5), { page: (found) => found.toReversed() });
    await expect(list(shuffled)).rejects.toMatchObject({ code: "QBO_UNEXPECTED_ANSWER" });
  });

  it.each(["QBO_UNAVAILABLE", "QBO_THROTTLED", "CALL_BUDGET"] as const)("ends with %s", async (code) => {
    const source = new PlainSource(evenly(5), refusing(code));
    await expect(list(source)).rejects.toMatchObject({ code });
    expect(source.asked).toHaveLength(1);
  });

  it("ends with any other error, and with a count that fails", async () => {
    const bug = new PlainSource(evenly(5), {
      page: () => {
        throw new TypeError("a bug");
      },
    });
    await expect(list(bug)).rejects.toThrow(TypeError);
    expect(bug.asked).toHaveLength(1);
    const spec = { ...CUSTOMERS, cursor: null };
    const away = new PlainSource(evenly(5), {
      count: () => {
        throw new RunnerError("QBO_UNAVAILABLE", "away");
      },
    });
    await expect(list(away, spec)).rejects.toMatchObject({ code: "QBO_UNAVAILABLE" });
    // Too many are counted each time.
    const more = new PlainSource(evenly(5), { count: (count) => count + 1 });
    await expect(list(more, spec)).rejects.toMatchObject({ code: "QBO_UNEXPECTED_ANSWER" });
  });

  it("is cancelled between two pages", async () => {
    const controller = new AbortController();
    const source = new PlainSource(evenly(1500), {
      page: (found) => {
        controller.abort(new Error("enough"));
        return found;
      },
    });
    await expect(list(source, CUSTOMERS, controller.signal)).rejects.toThrow("enough");
    expect(source.asked).toHaveLength(1);
  });
});

describe("the count of a list", () => {
  const count = (source: Source, spec: EntitySpec = CUSTOMERS) => listingOf(source, spec).count(SPAN, signal);

  it("covers the span, or the whole set if there is no cursor, and every query", async () => {
    const source = new PlainSource(evenly(7));
    expect(await count(source)).toBe(7);
    expect(await count(source, { ...CUSTOMERS, cursor: null })).toBe(7);
    const also = [{ query: "select * from Customer where A = 1", condition: "A = 1" }];
    expect(await count(source, { ...CUSTOMERS, cursor: null, also })).toBe(14);
    expect(source.asked.map(({ interval }) => interval)).toEqual([SPAN, null, null, null]);
  });

  it("is unknown for an entity without paging, and for one that the API does not count", async () => {
    const source = new PlainSource(evenly(7));
    expect(await count(source, { ...CUSTOMERS, paging: false, cursor: null })).toBeUndefined();
    expect(source.asked).toEqual([]);
    expect(await count(new PlainSource(evenly(7), { count: () => undefined }))).toBeUndefined();
  });

  it("throws any other failure", async () => {
    const away: Behaviour = {
      count: () => {
        throw new RunnerError("QBO_UNAVAILABLE", "away");
      },
    };
    await expect(count(new PlainSource(evenly(7), away))).rejects.toMatchObject({ code: "QBO_UNAVAILABLE" });
  });
});

describe("records of a span that are missing from its list", () => {
  async function holdsMore(behaviour: Behaviour, spec: EntitySpec = CUSTOMERS) {
    const source = new PlainSource(evenly(9), behaviour);
    const listing = listingOf(source, spec);
    let listed = 0;
    for await (const rows of listing.records(SPAN, signal)) listed += rows.length;
    const before = source.asked.length;
    const more = await listing.holdsMore(SPAN, listed, signal);
    return { more, asked: source.asked.slice(before) };
  }

  it("are found by a count that is larger, and not by one that is smaller", async () => {
    expect((await holdsMore({})).more).toBe(false);
    expect((await holdsMore({ count: (count) => count - 1 })).more).toBe(false);
    expect((await holdsMore({ count: (count) => count + 2 })).more).toEqual({ counted: 11 });
  });

  it("are searched after the last record if the API does not count", async () => {
    const uncounted = { count: () => undefined };
    expect((await holdsMore(uncounted)).more).toBe(false);
    const { more, asked } = await holdsMore({ ...uncounted, page: (found) => found.slice(0, 4) });
    expect(more).toEqual({ counted: 5 });
    expect(asked.at(-1)).toEqual({
      what: "page",
      query: "select * from Customer",
      interval: { from: 31_000, to: 100_000 },
      start: 1,
      limit: 1,
    });
  });

  it("are not searched if there is no cursor", async () => {
    const { more, asked } = await holdsMore({ count: () => undefined }, { ...CUSTOMERS, cursor: null });
    expect(more).toBe(false);
    expect(asked.map(({ what }) => what)).toEqual(["count"]);
  });
});

describe("the name of a record that cannot be read", () => {
  const place = { interval: SPAN, start: 3, limit: 1 } as const;
  const name = (source: Source, spec = CUSTOMERS) =>
    nameRecord(spec, portsOf(source, new PlainLanding()), place, signal);

  it("is its id, which can be read without the rest of the record", async () => {
    const source = new PlainSource(evenly(5));
    expect(await name(source)).toBe("Customer id2");
    expect(source.asked).toEqual([{ what: "page", query: "select Id from Customer", ...place }]);
  });

  it("is unknown if the record is gone or cannot be read at all", async () => {
    expect(await name(new PlainSource(new Map()))).toBe("a record of Customer");
    const refused = new PlainSource(evenly(5), refusing("QBO_POISON_RECORD"));
    expect(await name(refused)).toBe("a record of Customer");
  });

  it("does not hide a bug or a cancellation", async () => {
    const cancelled = new PlainSource(evenly(5), {
      page: () => {
        throw new DOMException("enough", "AbortError");
      },
    });
    await expect(name(cancelled)).rejects.toThrow("enough");
  });
});
