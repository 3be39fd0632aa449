import { describe, expect, it } from "vitest";
import { nextAsk, startSweep, takeCount, takePage, takeRefusal } from "./sweep.ts";
import { type Order, type Row, SweepError } from "./sweep-state.ts";

const RANGE = { from: 10_000, to: 60_000 };
const row = (ordinal: number, id: string, cursor: number): Row => ({ ordinal, id, cursor });

describe("a page", () => {
  it.each<Order>(["cursor", "unordered"])(
    "of a set with order %s may not contain records outside of what was asked for",
    (order) => {
      const sweep = startSweep(RANGE, 10, order);
      for (const cursor of [9999, 60_000])
        expect(() => takePage(sweep, [row(1, "a", cursor)])).toThrow(SweepError);
      for (const cursor of [10_000, 59_999])
        expect(takePage(sweep, [row(1, "a", cursor)])).toMatchObject({
          fresh: [{ id: "a" }],
          completeTo: 60_000,
        });
    },
  );

  it("of a set without paging completes the range", () => {
    const step = takePage(startSweep(RANGE, 10, "none"), [row(1, "a", 1)]);
    expect(step.completeTo).toBe(60_000);
    expect(step.fresh).toHaveLength(1);
    expect(nextAsk(step.sweep)).toBeUndefined();
  });

  it("that was made smaller grows back before a second is read by position", () => {
    let sweep = takeRefusal(startSweep(RANGE, 4, "cursor")).sweep;
    expect(nextAsk(sweep)).toMatchObject({ kind: "page", limit: 2 });
    sweep = takePage(sweep, [row(1, "a", 10_000), row(2, "b", 10_000)]).sweep;
    expect(nextAsk(sweep)).toEqual({ kind: "page", interval: RANGE, start: 1, limit: 4 });
    const step = takePage(sweep, [
      row(1, "a", 10_000),
      row(2, "b", 10_000),
      row(3, "c", 10_000),
      row(4, "d", 11_000),
    ]);
    expect(step.fresh.map(({ id }) => id)).toEqual(["c", "d"]);
    expect(nextAsk(step.sweep)).toEqual({
      kind: "page",
      interval: { from: 11_000, to: 60_000 },
      start: 1,
      limit: 4,
    });
  });
});

describe("a second that is read by position", () => {
  const ids = Array.from({ length: 12 }, (_, index) => String(index));
  /** Reads a second of twelve records in pages of two; `serve` says which ids each attempt is served. Each attempt begins and
   * ends with a count. */
  function attempts(serve: (attempt: number) => readonly string[]): { counts: number; read: Set<string> } {
    let sweep = startSweep(RANGE, 2, "cursor");
    sweep = takePage(sweep, [row(1, "0", 10_000), row(2, "1", 10_000)]).sweep;
    const read = new Set(["0", "1"]);
    let counts = 0;
    try {
      for (let ask = nextAsk(sweep); ask?.interval?.from === 10_000; ask = nextAsk(sweep)) {
        if (ask.kind === "count") {
          counts++;
          sweep = takeCount(sweep, ids.length).sweep;
          continue;
        }
        const served = serve(Math.ceil(counts / 2));
        const places = [ask.start - 1, ask.start].map((at) => served[at % served.length] ?? "0");
        const step = takePage(
          sweep,
          places.map((id, index) => row(index + 1, id, 10_000)),
        );
        for (const { id } of step.fresh) read.add(id);
        sweep = step.sweep;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(SweepError);
    }
    return { counts, read };
  }

  it("is read again as long as each attempt brings some of the missing records", () => {
    const { read, counts } = attempts((attempt) => ids.slice(0, attempt + 2));
    expect(read.size).toBe(12);
    expect(counts).toBe(20);
  });

  it("is given up after five attempts that brought nothing new", () => {
    const { read, counts } = attempts(() => ["0", "1"]);
    expect(read.size).toBe(2);
    expect(counts).toBe(10);
  });
});
