import type { Moment } from "../ports/landing.ts";
import { type Database, runStatement } from "./connect.ts";

/** How long one look at PostgreSQL's clock is good for. Clocks drift apart by a few milliseconds a minute at the most. */
const GOOD_FOR_MS = 60_000;

/** The clock of PostgreSQL, the one that every machine which loads its tables shares. It is looked at once a minute; in
 * between this machine's `monotonic` clock, which nobody sets, measures on. */
export function openDatabaseClock(pool: Database, monotonic: () => number): () => Promise<Moment> {
  let look: { before: number; after: number; shown: number } | undefined;
  const lookAgain = async (): Promise<typeof look & object> => {
    const before = monotonic();
    const [row] = await runStatement<{ ms: number }>(
      pool,
      "look at the clock",
      "select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms",
    );
    return { before, after: monotonic(), shown: row?.ms ?? 0 };
  };
  return async () => {
    if (look === undefined || monotonic() - look.after > GOOD_FOR_MS) look = await lookAgain();
    const { before, after, shown } = look;
    const at = monotonic();
    // The clock showed this at some moment between `before` and `after`.
    return { earliest: Math.floor(shown + at - after), latest: Math.ceil(shown + at - before) };
  };
}
