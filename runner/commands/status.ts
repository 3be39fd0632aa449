import { calendarOf } from "../plan/calendar.ts";
import { DAY, formatInstant, type PartialRange } from "../plan/interval.ts";
import { connect, type Database } from "../postgres/connect.ts";
import {
  isAsKnown,
  type RecentRun,
  readRecentRuns,
  readStatus,
  readWindows,
  type TableStatus,
} from "../postgres/read-status.ts";
import { listVault, type VaultEntry } from "../postgres/vault.ts";
import { formatCalendar, LEGEND } from "../report/format-calendar.ts";
import { formatTable } from "../report/format-table.ts";
import type { StatusOptions } from "../verbs/status.ts";
import { agesOf } from "./auth.ts";
import type { Context } from "./context.ts";
import { openDatabaseOnly } from "./open-services.ts";

/** Version of the format of `status --output json`. */
const VERSION = 1;
/** How much of the past the calendar shows by default: 92 days. */
const CALENDAR_MS = 92 * DAY;

/** Prints what is loaded and proven, the last run and the age of the token. */
export async function status(options: StatusOptions, context: Context): Promise<number> {
  const { range, output } = options;
  const { postgres } = await openDatabaseOnly(context, options.demo);
  const pool = await connect(postgres, "qbo status", 2, context);
  try {
    const tables = await readStatus(pool);
    const found = { tables, runs: await readRecentRuns(pool), tokens: await listVault(pool) };
    const calendars = await readCalendars(pool, tables, range);
    if (output === "json") {
      const days = calendars.map(({ table, days: all }) => ({
        ...table,
        days: all.map(({ day, status: known }) => ({ day: formatInstant(day).slice(0, 10), status: known })),
      }));
      const document = { version: VERSION, tables: days, runs: found.runs, tokens: found.tokens };
      context.io.out(`${JSON.stringify(document, null, 2)}\n`);
      return 0;
    }
    context.io.out(formatTables(tables));
    for (const { table, days } of calendars)
      context.io.out(`\n${table.table_name}\n${formatCalendar(days, context.paint)}`);
    if (calendars.length > 0) context.io.out(`\n${LEGEND}`);
    context.io.out(formatRuns(found.runs) + formatTokens(found.tokens, context.clock.now()));
    return 0;
  } finally {
    await pool.end();
  }
}

async function readCalendars(pool: Database, tables: readonly TableStatus[], range: PartialRange) {
  const calendars = [];
  for (const table of tables) {
    const recorded = await readWindows(pool, table.realm_id, table.table_name);
    const windows = isAsKnown(table)
      ? recorded
      : recorded.map((window) =>
          window.status === "sealed" ? { ...window, status: "unproven" as const } : window,
        );
    const last = Math.max(...windows.map(({ to }) => to));
    const first = Math.min(...windows.map(({ from }) => from));
    const to = range.to ?? last;
    const from = range.from ?? Math.max(first, to - CALENDAR_MS);
    calendars.push({ table, days: calendarOf(windows, { from, to }) });
  }
  return calendars;
}

function formatTables(tables: readonly TableStatus[]): string {
  if (tables.length === 0) return "Nothing is loaded yet: run `qbo run entities/ --from … --to …`\n";
  const rows = tables.map((table) => [
    table.table_name,
    table.realm_id,
    rowsIn(table),
    String(table.sealed),
    String(table.unproven),
    String(table.open),
    String(table.failed),
    table.covered_from_utc === null ? "-" : formatInstant(table.covered_from_utc.getTime()),
    table.covered_to_utc === null ? "-" : formatInstant(table.covered_to_utc.getTime()),
  ]);
  return formatTable(
    ["table", "realm", "rows", "sealed", "unproven", "open", "failed", "first sealed", "sealed until"],
    rows,
  );
}

/** The number of rows in the table. If it differs from the ledger's number, no seal of the table counts, so both are shown. */
function rowsIn(table: TableStatus): string {
  const held = table.rows === null ? "gone" : String(table.rows);
  return isAsKnown(table) ? held : `${held} (expected ${table.known_rows})`;
}

function formatRuns([last]: readonly RecentRun[]): string {
  if (last === undefined) return "";
  const ended =
    last.finished_at_utc === null
      ? "has not ended"
      : `ended ${formatInstant(last.finished_at_utc.getTime())}`;
  const started = `started ${formatInstant(last.started_at_utc.getTime())}`;
  return `\nLast run: ${last.command} ${last.run_id}, ${started}, ${ended}: ${last.status}\n`;
}

function formatTokens(tokens: readonly VaultEntry[], now: number): string {
  const [latest] = tokens.toSorted((a, b) => b.refreshed_at_utc.getTime() - a.refreshed_at_utc.getTime());
  if (latest === undefined) return "";
  const [renewed, left] = agesOf(latest, now);
  return `Token: renewed ${renewed}, ${left}\n`;
}
