import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

/** Neighbours that JavaScript numbers cannot distinguish. */
const LONG_IDS = ["9007199254740993001", "9007199254740993002", "9007199254740993003"];
const SPEC = `version: 1
entity: Transfer
table: raw.transfers
window: month
description: Money moved between accounts.
`;
const RANGE = ["--from", "2026-01-01", "--to", "2026-02-01"] as const;

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(folder.path, file)), { recursive: true });
  writeFileSync(join(folder.path, file), text);
};
const run = (...args: string[]) =>
  qbo(["run", ...args, ...RANGE], { cwd: folder.path, env: { ...settingsOf(simulator), ...database.env } });

beforeEach(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator({ rows: { Transfer: 0 } })]);
  folder = createFolder({ withEntities: false });
  const records = LONG_IDS.map((Id, index) => ({
    Id,
    SyncToken: "0",
    domain: "QBO",
    Amount: 10.5 + index,
    TxnDate: "2026-01-15",
    MetaData: { CreateTime: "2026-01-15T10:00:00-08:00", LastUpdatedTime: "2026-01-15T10:00:00-08:00" },
  }));
  await fetch(`${simulator.url}/simulator/records/Transfer`, {
    method: "POST",
    body: JSON.stringify(records),
  });
});
afterEach(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

const ids = async () =>
  (await database.rows<{ id: string }>("select id from raw.transfers order by id")).map(({ id }) => id);

describe("a folder with one spec of five lines and nothing else", () => {
  it.each([["transfers.yml"], ["entities/transfers.yml"]])(
    "loads records with ids of 19 digits (%s)",
    async (file) => {
      write(file, SPEC);
      expect(await run(...(file.startsWith("entities") ? [] : [file]))).toMatchObject({ exitCode: 0 });
      expect(await ids()).toEqual(LONG_IDS);
    },
  );
});

it("runs without arguments if qbo.yml says where to begin", async () => {
  write("qbo.yml", "version: 1\ndefaults: {schema: books, begin: 2026-01-01}\nvars: {rows: 2}\n");
  write("entities/transfers.yml", `version: 1\nentity: Transfer\npage_size: "{{ var('rows') }}"\n`);
  write(
    "entities/company.yml",
    "version: 1\nentity: CompanyInfo\ntable: books.company\ncursor: null\npaging: false\n",
  );
  const { exitCode } = await qbo(["run"], {
    cwd: folder.path,
    env: { ...settingsOf(simulator), ...database.env },
  });
  expect(exitCode).toBe(0);
  expect(
    await database.rows("select count(*)::integer as rows, max(page_size) as size from books.qb_transfers"),
  ).toEqual([{ rows: 3, size: 2 }]);
  expect(
    await database.rows(
      "select id, now() between extract_window_start_utc and extract_window_end_utc as is_now from books.company",
    ),
  ).toEqual([{ id: "1", is_now: true }]);
});

const TABLE = `create table {{identifier table.schema table.name}} (
  id                       text primary key,
  payload                  jsonb not null,
  ingested_at_utc          timestamptz,
  extract_window_start_utc timestamptz,
  extract_window_end_utc   timestamptz,
  page_number              integer,
  page_size                integer,
  request_payload          jsonb,
  amount                   numeric generated always as ((payload ->> 'Amount')::numeric) stored,
  txn_date                 text generated always as (payload ->> 'TxnDate') stored,
  seen_first_at            timestamptz not null default now()
) partition by hash (id);
create table raw.transfers_0 partition of {{identifier table.schema table.name}} for values with (modulus 2, remainder 0);
create table raw.transfers_1 partition of {{identifier table.schema table.name}} for values with (modulus 2, remainder 1);
create index transfers_by_date on {{identifier table.schema table.name}} (txn_date);
`;

describe("a template that the author wrote", () => {
  it.each([["templates/partitioned.sql.hbs"], ["partitioned.sql.hbs"]])(
    "creates a table with its own shape and keeps loading it (%s)",
    async (file) => {
      write("transfers.yml", `${SPEC}templates: {table: partitioned.sql.hbs}\n`);
      write(file, TABLE);
      expect(await run("transfers.yml")).toMatchObject({ exitCode: 0 });
      expect(
        await database.rows("select sum(amount)::text as sum, max(txn_date) as date from raw.transfers"),
      ).toEqual([{ sum: "34.5", date: "2026-01-15" }]);
      expect(await database.rows("select relkind::text from pg_class where relname = 'transfers'")).toEqual([
        { relkind: "p" },
      ]);
      const again = await run("transfers.yml");
      expect(again.stderr).toContain("3 rows: 3 unchanged");
      expect(again.exitCode).toBe(0);
    },
  );

  it("can load in its own way", async () => {
    const { stdout } = await qbo(["compile", "transfers", ...RANGE], { cwd: prepared() });
    const upsert =
      /-- target\/compiled\/transfers\/upsert\.sql\n([\s\S]*?)\n\n(?:--|$)/.exec(stdout)?.[1] ?? "";
    write(
      "entities/own.sql.hbs",
      upsert.replace("select id, payload,", "select id, payload || '{\"Own\": true}',"),
    );
    write("entities/transfers.yml", `${SPEC}templates: {upsert: own.sql.hbs}\n`);
    expect(await run("transfers")).toMatchObject({ exitCode: 0 });
    expect(await database.rows("select distinct payload -> 'Own' as own from raw.transfers")).toEqual([
      { own: true },
    ]);
  });

  it.each([
    ["table", TABLE.replace("generated always as (payload", "generatd always as (payload"), "generatd"],
    ["table", TABLE.replace("primary key,", "primry key, -- ä🜁"), "primry"],
    ["upsert", "select $1::jsonb, $2::text[],\n  nonsense", "nonsense"],
  ])(
    "is shown with a caret if PostgreSQL refuses the result of the template %s",
    async (kind, text, word) => {
      write("transfers.yml", `${SPEC}templates: {${kind}: own.sql.hbs}\n`);
      write("own.sql.hbs", text);
      const { exitCode, stderr } = await run("transfers.yml");
      expect(exitCode).toBe(1);
      const lines = stderr.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ""));
      const marked = lines.findIndex((line) => /^ *\| +\^+$/.test(line));
      const column = lines[marked]?.indexOf("^") ?? 0;
      expect(lines[marked - 1]?.slice(column)).toMatch(new RegExp(`^${word}`));
      expect(stderr).toContain("of the SQL from own.sql.hbs");
      expect(stderr).toContain("qbo compile transfers");
    },
  );

  it("must say what it loaded", async () => {
    write("transfers.yml", `${SPEC}templates: {upsert: own.sql.hbs}\n`);
    const all = Array.from({ length: 11 }, (_, index) => `$${index + 1}::text is null`).join(" or ");
    write("own.sql.hbs", `select now() as window_start where not (${all}) or true`);
    const { exitCode, stderr } = await run("transfers.yml");
    expect(stderr).toContain("does not return rows, inserted, updated, unchanged, stale, collided");
    expect(exitCode).toBe(1);
  });
});

/** The folder with the plain spec in entities/. */
function prepared(): string {
  write("entities/transfers.yml", SPEC);
  return folder.path;
}
