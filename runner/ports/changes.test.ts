import { expect, it } from "vitest";
import { NO_CHANGES, plus } from "./changes.ts";

it("adds up each kind of change separately", () => {
  const one = { rows: 10, inserted: 1, updated: 2, unchanged: 3, stale: 4 };
  const other = { rows: 260, inserted: 50, updated: 60, unchanged: 70, stale: 80 };
  expect(plus(one, other)).toEqual({ rows: 270, inserted: 51, updated: 62, unchanged: 73, stale: 84 });
  expect(plus(one, NO_CHANGES)).toEqual(one);
});
