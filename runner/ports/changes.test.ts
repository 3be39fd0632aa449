import { expect, it } from "vitest";
import { NO_CHANGES, plus } from "./changes.ts";

it("adds up what became of records, kind by kind", () => {
  const [one, other] = [
    { rows: 10, inserted: 1, updated: 2, unchanged: 3, stale: 4 },
    { rows: 260, inserted: 50, updated: 60, unchanged: 70, stale: 80 },
  ];
  expect(plus(one, other)).toEqual({ rows: 270, inserted: 51, updated: 62, unchanged: 73, stale: 84 });
  expect(plus(one, NO_CHANGES)).toEqual(one);
});
