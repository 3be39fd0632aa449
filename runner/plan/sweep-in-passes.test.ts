import { describe, expect, it } from "vitest";
import { nextAsk, startSweep, takeCount, takeCountRefusal, takePage, takeRefusal } from "./sweep.ts";
import { type Row, type Sweep, SweepError } from "./sweep-state.ts";

const RANGE = { from: 0, to: 60_000 };

const rowsOf = (ids: readonly string[]): Row[] =>
  ids.map((id, index) => ({ ordinal: index + 1, id, cursor: undefined }));

interface Passes {
  /** The set as each page finds it; the last one repeats. */
  readonly sets: readonly string[][];
  readonly counts: readonly (number | "refused")[];
  readonly poison?: string;
}

/** Reads a set without a cursor in pages of two. `asked` lists the questions: `start+limit` for a page, or "count". */
function read({ sets, counts, poison }: Passes): { asked: string[]; read: string[]; sweep: Sweep } {
  let sweep = startSweep(RANGE, 2, "position");
  const asked: string[] = [];
  const found: string[] = [];
  let [pages, counted] = [0, 0];
  for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
    if (asked.length > 100) throw new Error("the passes never end");
    if (ask.kind === "count") {
      asked.push("count");
      const count = counts[Math.min(counted++, counts.length - 1)] ?? 0;
      const step = count === "refused" ? takeCountRefusal(sweep) : takeCount(sweep, count);
      if (step === undefined) throw new Error("the set cannot be read without a count");
      sweep = step.sweep;
      continue;
    }
    const ids = (sets[Math.min(pages++, sets.length - 1)] ?? []).slice(
      ask.start - 1,
      ask.start - 1 + ask.limit,
    );
    asked.push(`${ask.start}+${ask.limit}`);
    const step =
      poison !== undefined && ids.includes(poison) ? takeRefusal(sweep) : takePage(sweep, rowsOf(ids));
    found.push(...step.fresh.map(({ id }) => id));
    sweep = step.sweep;
  }
  return { asked, read: found, sweep };
}

const PASS = ["1+2", "3+2"];

describe("a set read in passes", () => {
  it("is believed once two passes saw the same records, and as many as the API counts", () => {
    const { asked, read: found } = read({ sets: [["a", "b", "c"]], counts: [3] });
    expect(asked).toEqual([...PASS, ...PASS, "count"]);
    expect(found).toEqual(["a", "b", "c"]);
  });

  it("is read again if the API counts another number", () => {
    const { asked } = read({ sets: [["a", "b", "c"]], counts: [4, 3] });
    expect(asked).toEqual([...PASS, ...PASS, "count", ...PASS, "count"]);
    // The same if the whole set fits into one page.
    expect(read({ sets: [["a"]], counts: [2, 1] }).asked).toEqual(["1+2", "count", "1+2", "count"]);
  });

  it("is read again if a pass saw fewer records than the one before, or different ones", () => {
    const all = ["a", "b", "c"];
    // The second pass sees only a and b, which are both known.
    const fewer = read({ sets: [all, all, ["a", "b"]], counts: [2] });
    expect(fewer.asked).toEqual([...PASS, ...PASS, ...PASS, "count"]);
  });

  it("is read no more than five times", () => {
    const sets = Array.from({ length: 40 }, (_, index) => [`a${index}`, `b${index}`, `c${index}`]);
    expect(() => read({ sets, counts: [3] })).toThrow("the next pass saw different ones");
    let pages = 0;
    try {
      let sweep = startSweep(RANGE, 2, "position");
      for (let ask = nextAsk(sweep); ask?.kind === "page"; ask = nextAsk(sweep)) {
        const set = sets[pages++] ?? [];
        sweep = takePage(sweep, rowsOf(set.slice(ask.start - 1, ask.start - 1 + ask.limit))).sweep;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(SweepError);
    }
    expect(pages).toBe(10);
    expect(() => read({ sets: [["a"]], counts: [7] })).toThrow("1 records were read, but the API counts 7");
  });

  it("needs no count if the API refuses to count", () => {
    const { asked, read: found } = read({ sets: [["a", "b", "c"]], counts: ["refused"] });
    expect(asked).toEqual([...PASS, ...PASS, "count"]);
    expect(found).toEqual(["a", "b", "c"]);
  });

  it("is read twice if a record had to be skipped, and the skipped record counts", () => {
    const { asked, read: found } = read({ sets: [["bad", "b"]], counts: [2], poison: "bad" });
    expect(asked.filter((ask) => ask === "count")).toHaveLength(1);
    expect(asked.filter((ask) => ask === "1+1")).toHaveLength(2);
    expect(found).toEqual(["b"]);
  });

  it("completes the range", () => {
    const { sweep } = read({ sets: [["a"]], counts: [1] });
    expect(sweep.state).toEqual({ kind: "done" });
  });
});

describe("a second that the API does not count", () => {
  const second = () => {
    let sweep = startSweep(RANGE, 1, "cursor");
    sweep = takePage(sweep, [{ ordinal: 1, id: "a", cursor: 0 }]).sweep;
    const step = takeCountRefusal(sweep);
    if (step === undefined) throw new Error("a dense second needs no count");
    return step.sweep;
  };

  it("is read in passes without another count, and the sweep goes on at its end", () => {
    let sweep = second();
    const asked: string[] = [];
    for (let ask = nextAsk(sweep); ask?.interval?.from === 0; ask = nextAsk(sweep)) {
      asked.push(ask.kind === "page" ? String(ask.start) : "count");
      const rows = ["a", "b"].map((id, index) => ({ ordinal: index + 1, id, cursor: 500 }));
      sweep =
        ask.kind === "count"
          ? takeCount(sweep, 2).sweep
          : takePage(sweep, rows.slice(ask.start - 1, ask.start)).sweep;
    }
    expect(asked).toEqual(["1", "2", "3", "1", "2", "3"]);
    expect(nextAsk(sweep)).toMatchObject({ kind: "page", interval: { from: 1000, to: 60_000 } });
  });

  it("may not contain records of another time", () => {
    expect(() => takePage(second(), [{ ordinal: 1, id: "a", cursor: 1000 }])).toThrow(SweepError);
  });
});
