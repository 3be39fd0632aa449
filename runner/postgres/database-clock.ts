import type { Moment } from "../ports/landing.ts";
import { type Database, runStatement } from "./connect.ts";

/** How long one reading of PostgreSQL's clock is used. In that time clocks drift apart by a few milliseconds at most. */
const GOOD_FOR_MS = 60_000;

/** Opens PostgreSQL's clock, the only clock that all machines which load its tables share. It is read once a minute. Between
 * two readings, this machine's `monotonic` clock, which nobody can set, measures the time that has passed. */
export function openDatabaseClock(pool: Database, monotonic: () => number): () => Promise<Moment> {
  let reading: { before: number; after: number; shown: number } | undefined;
  const read = async (): Promise<typeof reading & object> => {
    const before = monotonic();
    const [row] = await runStatement<{ ms: number }>(
      pool,
      "read the clock",
      "select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms",
    );
    return { before, after: monotonic(), shown: row?.ms ?? 0 };
  };
  return async () => {
    if (reading === undefined || monotonic() - reading.after > GOOD_FOR_MS) reading = await read();
    const { before, after, shown } = reading;
    const at = monotonic();
    // The clock showed `shown` at some moment between `before` and `after`.
    return { earliest: Math.floor(shown + at - after), latest: Math.ceil(shown + at - before) };
  };
}
