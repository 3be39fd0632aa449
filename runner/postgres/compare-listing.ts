import type { Interval } from "../plan/interval.ts";
import type { Comparison, RecordDifference } from "../ports/comparison.ts";
import type { Queryable } from "./connect.ts";
import { quoteTable } from "./raw-table.ts";
import { cursorOf, type RawShape } from "./read-raw.ts";

/** Opens a comparison that runs inside PostgreSQL, so that the memory of this process does not grow with the number of
 * records. It needs a temporary table, so `client` must be in a transaction. It covers the records of the table whose cursor
 * lies in one of the `spans`, which are in milliseconds since 1970. */
export async function openComparison(
  client: Queryable,
  shape: RawShape,
  spans: readonly Interval[],
): Promise<Comparison> {
  // The transaction is idle while it waits for the API between two pages.
  await client.query("set local idle_in_transaction_session_timeout = 0");
  await client.query(
    "create temporary table listed (id text primary key, cursor timestamptz) on commit drop",
  );
  const cursor = cursorOf(shape);
  const held =
    cursor === undefined
      ? `select id, null::timestamptz as cursor from ${quoteTable(shape.table)}`
      : `select id, ${cursor} as cursor from ${quoteTable(shape.table)}`;
  const inRange = `held.cursor is null or exists (
    select 1 from unnest($1::timestamptz[], $2::timestamptz[]) as span (begins, ends)
    where held.cursor >= begins and held.cursor < ends)`;
  const differing = `select id, held.cursor as held, listed.cursor as listed, case
    when held.id is null then 'missing' when listed.id is null then 'extra'
    when held.cursor < listed.cursor then 'older' else 'newer' end as kind
  from listed full join held using (id)
  where (listed.id is null and (${inRange})) or held.id is null or held.cursor <> listed.cursor`;
  return {
    add: async (versions) => {
      await client.query(
        `insert into listed select * from unnest($1::text[], $2::timestamptz[])
on conflict (id) do update set cursor = greatest(listed.cursor, excluded.cursor)`,
        [
          versions.map(({ id }) => id),
          versions.map(({ cursor: at }) => (at === undefined ? null : new Date(at))),
        ],
      );
    },
    differences: async (limit) => {
      await client.query("analyze listed");
      const values = [spans.map(({ from }) => new Date(from)), spans.map(({ to }) => new Date(to))];
      const counted = await client.query<{ total: number; held: number }>(
        `with held as materialized (${held}), differing as (${differing})
select (select count(*)::integer from differing) as total, (select count(*)::integer from held where ${inRange}) as held`,
        values,
      );
      const { total, held: rows } = counted.rows[0] ?? { total: 0, held: 0 };
      if (total === 0) return { found: [], total, held: rows };
      const found = await client.query<{
        id: string;
        kind: RecordDifference["kind"];
        held: Date | null;
        listed: Date | null;
      }>(`with held as materialized (${held}) ${differing} order by id limit ${Math.floor(limit)}`, values);
      return {
        found: found.rows.map((row) => ({
          id: row.id,
          kind: row.kind,
          held: row.held?.getTime(),
          listed: row.listed?.getTime(),
        })),
        total,
        held: rows,
      };
    },
  };
}
