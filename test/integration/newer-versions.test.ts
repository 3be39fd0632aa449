import { afterAll, beforeAll, expect, it } from "vitest";
import { readText } from "../../runner/files/read-files.ts";
import { type Database, inTransaction } from "../../runner/postgres/connect.ts";
import { loadPage } from "../../runner/postgres/load-page.ts";
import { compileTemplates, TEMPLATE_NAMES, type TemplateFiles } from "../../runner/render/templates.ts";
import { resolveSpec } from "../../runner/spec/resolve-spec.ts";
import { ROOT } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { openPool } from "../support/open-pool.ts";

const SPEC = resolveSpec("customers.yml", { version: 1, entity: "Customer" }, [""]);
const files = Object.fromEntries(
  TEMPLATE_NAMES.map((name) => [name, readText(`templates/${name}`, ROOT)]),
) as unknown as TemplateFiles;
const statements = compileTemplates(files);
const NOW = Date.UTC(2026, 1, 1);

let database: TestDatabase;
let pool: Database;

beforeAll(async () => {
  database = await createDatabase();
  pool = await openPool(database);
  await database.rows("create schema raw");
  await database.rows(statements.table(SPEC));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

interface Read {
  readonly note: string;
  /** The day in January of the cursor. */
  readonly cursor: number;
  /** In seconds from now. */
  readonly askedAt: number;
  readonly receivedAt: number;
}

/** Loads one version of one record. Returns how it was counted, and what the table holds afterwards. */
async function load({ note, cursor, askedAt, receivedAt }: Read): Promise<[string, string]> {
  const at = `2026-01-${String(cursor).padStart(2, "0")}T12:00:00-08:00`;
  const record = { Id: "1", Notes: note, MetaData: { LastUpdatedTime: at } };
  const [landed] = await inTransaction(pool, "load a page", (client) =>
    loadPage(client, statements.upsert(SPEC), {
      text: JSON.stringify({ QueryResponse: { Customer: [record] } }),
      answerKey: "Customer",
      taken: [{ ordinal: 1, id: "1", window: { from: NOW - 86_400_000, to: NOW }, pageNumber: 1 }],
      askedAt: NOW + askedAt * 1000,
      receivedAt: NOW + receivedAt * 1000,
      pageSize: 1000,
      request: {},
      runStartedAt: NOW,
      behind: 0,
    }),
  );
  const [row] = await database.rows<{ notes: string }>(
    "select payload ->> 'Notes' as notes from raw.qb_customers",
  );
  const became = Object.entries(landed ?? {}).find(([name, count]) => name !== "rows" && count === 1);
  return [became?.[0] ?? "nothing", row?.notes ?? ""];
}

it("decides by the times of two reads, and by the cursor only if they overlap", async () => {
  expect(await load({ note: "first", cursor: 20, askedAt: 10, receivedAt: 20 })).toEqual([
    "inserted",
    "first",
  ]);
  // Requested before the stored one had arrived: an older cursor is an older version, and a newer cursor a newer one.
  expect(await load({ note: "slow", cursor: 18, askedAt: 15, receivedAt: 30 })).toEqual(["stale", "first"]);
  expect(await load({ note: "second", cursor: 21, askedAt: 15, receivedAt: 30 })).toEqual([
    "updated",
    "second",
  ]);
  // With equal cursors, the later answer is newer.
  expect(await load({ note: "early", cursor: 21, askedAt: 16, receivedAt: 29 })).toEqual(["stale", "second"]);
  expect(await load({ note: "late", cursor: 21, askedAt: 16, receivedAt: 31 })).toEqual(["updated", "late"]);
  // Requested after the stored one had arrived: newer, whatever its cursor says.
  expect(await load({ note: "back", cursor: 18, askedAt: 31, receivedAt: 40 })).toEqual(["updated", "back"]);
  expect(await load({ note: "back", cursor: 18, askedAt: 50, receivedAt: 60 })).toEqual([
    "unchanged",
    "back",
  ]);
});

it("is not blocked by a clock that was set back", async () => {
  await database.rows("update raw.qb_customers set ingested_at_utc = now() + interval '1 day'");
  expect(await load({ note: "after", cursor: 1, askedAt: -1000, receivedAt: -999 })).toEqual([
    "updated",
    "after",
  ]);
});
