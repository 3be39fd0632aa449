import { RunnerError } from "../errors.ts";
import { formatInstant } from "../plan/interval.ts";
import { connect } from "../postgres/connect.ts";
import { readStatus, type TableStatus } from "../postgres/read-status.ts";
import { formatTable } from "../report/format-table.ts";
import type { Context } from "./context.ts";
import { openDatabaseOnly } from "./open-services.ts";

/** Version of the form of `status --output json`. */
const VERSION = 1;

/** What is loaded and proven, per table, on stdout. */
export async function status(output: string, demo: boolean, context: Context): Promise<number> {
  if (output !== "text" && output !== "json") {
    throw new RunnerError("USAGE", `--output ${output} is unknown`, { hint: "known are text, json" });
  }
  const { postgres } = await openDatabaseOnly(context, demo);
  const pool = await connect(postgres, "qbo status", 2);
  try {
    const tables = await readStatus(pool);
    if (output === "json") context.io.out(`${JSON.stringify({ version: VERSION, tables }, null, 2)}\n`);
    else context.io.out(formatStatus(tables));
    return 0;
  } finally {
    await pool.end();
  }
}

function formatStatus(tables: readonly TableStatus[]): string {
  if (tables.length === 0) return "Nothing is loaded yet: run `qbo run entities/ --from … --to …`\n";
  const rows = tables.map((table) => [
    table.table_name,
    table.realm_id,
    table.rows === null ? "gone" : String(table.rows),
    String(table.sealed),
    String(table.open),
    String(table.failed),
    table.covered_from_utc === null ? "-" : formatInstant(table.covered_from_utc.getTime()),
    table.covered_to_utc === null ? "-" : formatInstant(table.covered_to_utc.getTime()),
  ]);
  return formatTable(
    ["table", "realm", "rows", "sealed", "open", "failed", "first sealed", "sealed until"],
    rows,
  );
}
