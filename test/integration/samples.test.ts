import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical } from "../support/canonical.ts";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";
import { hasSamples, readSample, SAMPLES } from "../support/samples.ts";

const ENTITIES = [
  ["Customer", "customers", 29],
  ["Invoice", "invoices", 33],
  ["Item", "items", 19],
  ["Account", "accounts", 89],
] as const;

describe.skipIf(!hasSamples)("the recorded answers of a real company", () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let folder: Folder;

  beforeAll(async () => {
    [database, simulator] = await Promise.all([createDatabase(), startSimulator({ answers: SAMPLES })]);
    folder = createFolder();
  });
  afterAll(async () => {
    folder.remove();
    await Promise.all([database.drop(), simulator.close()]);
  });

  const load = (...options: string[]) =>
    qbo(
      ["run", ...ENTITIES.map(([, name]) => name), "--from", "2016-11-01", "--to", "2017-05-01", ...options],
      {
        cwd: folder.path,
        env: { ...settingsOf(simulator), ...database.env },
      },
    );

  it.each([[], ["--page-size", "5"], ["--page-size", "1"]].map((options) => [options]))(
    "are loaded completely with the options %j",
    async (options) => {
      await database.rows("drop schema if exists raw cascade");
      expect(await load(...options)).toMatchObject({ exitCode: 0 });
      for (const [entity, name, count] of ENTITIES) {
        const rows = await database.rows<{ id: string; payload: string; is_in_window: boolean }>(
          `select id, payload::text,
           (payload #>> '{MetaData,LastUpdatedTime}')::timestamptz >= extract_window_start_utc
           and (payload #>> '{MetaData,LastUpdatedTime}')::timestamptz < extract_window_end_utc as is_in_window
         from raw.qb_${name}`,
        );
        const source = readSample(entity);
        expect(source.size).toBe(count);
        expect(rows).toHaveLength(count);
        for (const { id, payload, is_in_window } of rows) {
          expect(is_in_window).toBe(true);
          expect(canonical(payload)).toBe(canonical(source.get(id) ?? ""));
        }
      }
    },
  );

  it("keep trailing zeros", async () => {
    const rows = await database.rows(
      "select 1 from raw.qb_invoices where payload::text ~ '[0-9]\\.[0-9]*0[,}]'",
    );
    expect(rows.length).toBeGreaterThan(0);
  });

  it("are not written again by a second run", async () => {
    const rewritten = () =>
      database.rows(
        "select table_name, id, xmin::text from (select 'c' as table_name, id, xmin from raw.qb_customers union all select 'i', id, xmin from raw.qb_invoices) as rows order by 1, 2",
      );
    const before = await rewritten();
    const { exitCode, stderr } = await load();
    expect(exitCode).toBe(0);
    expect(stderr).toContain("170 rows (0 inserted, 0 updated, 170 unchanged, 0 stale, 0 vanished)");
    expect(await rewritten()).toEqual(before);
  });

  it("are in tables with exactly the eight columns", async () => {
    const columns = await database.rows(
      `select column_name || ' ' || data_type || case is_nullable when 'NO' then ' not null' else '' end as column
       from information_schema.columns where table_schema = 'raw' and table_name = 'qb_customers' order by ordinal_position`,
    );
    expect(columns.map(({ column }) => column)).toEqual([
      "id text not null",
      "payload jsonb not null",
      "ingested_at_utc timestamp with time zone",
      "extract_window_start_utc timestamp with time zone",
      "extract_window_end_utc timestamp with time zone",
      "page_number integer",
      "page_size integer",
      "request_payload jsonb",
    ]);
  });

  it("are stored with the request that fetched them, without a secret", async () => {
    const [row] = await database.rows<{ request_payload: Record<string, unknown> }>(
      "select request_payload from raw.qb_customers limit 1",
    );
    expect(row?.request_payload).toEqual({
      statement: expect.stringContaining("select * from Customer where Active in (true, false)"),
      minor_version: 75,
      realm_id: simulator.credentials.realmId,
      environment: "simulator",
    });
  });
});
