import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { KNOWN_ENTITIES } from "../../runner/spec/known-entities.ts";
import { canonical } from "../support/canonical.ts";
import { createFolder, eventsOf, type Folder, qbo, ROOT } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { queriesOf, type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

interface Entry {
  readonly name: string;
  readonly entity: string;
  readonly table: string;
  readonly volatile: readonly string[];
}

const CATALOGUE: readonly Entry[] = readdirSync(join(ROOT, "entities")).map((file) => {
  const written = parse(readFileSync(join(ROOT, "entities", file), "utf8"));
  return { volatile: [], ...written, name: file.replace(".yml", "") };
});
const BOOKS = ["--from", "2025-06-01", "--to", "2026-03-01"] as const;
/** 19 digits, more than a JavaScript number can hold exactly. */
const LONG_ID = "9007199254740993123";
const WRAPPED = { Id: LONG_ID, MetaData: { LastUpdatedTime: "2026-01-10T01:00:00-08:00" } };

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;
const run = (...args: string[]) =>
  qbo(["run", ...args, ...BOOKS, "--log-format", "json"], {
    cwd: folder.path,
    env: { ...settingsOf(simulator), ...database.env },
  });

async function held({ entity, volatile }: Entry): Promise<string[]> {
  const answer = await fetch(`${simulator.url}/simulator/records/${entity}`);
  const text = await answer.text();
  // The database extracts the records, because JavaScript's own numbers would lose the digits that are compared.
  const rows = await database.rows<{ record: string }>(
    "select record::text from jsonb_array_elements($1::jsonb -> 'records') as record",
    [text],
  );
  return rows.map(({ record }) => without(record, volatile)).sort();
}

const without = (record: string, fields: readonly string[]): string =>
  fields.reduce(
    (text, field) => text.replace(new RegExp(`"${field}": ?"[^"]*"(, )?`), ""),
    canonical(record),
  );

async function landed({ table, volatile }: Entry): Promise<string[]> {
  const rows = await database.rows<{ payload: string }>(`select payload::text from ${table}`);
  return rows.map(({ payload }) => without(payload, volatile)).sort();
}

beforeAll(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
  await fetch(`${simulator.url}/simulator/records/RecurringTransaction`, {
    method: "POST",
    body: JSON.stringify({ Transfer: WRAPPED }),
  });
});
afterAll(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

it("has a spec for every entity that can be queried, and a table for each", () => {
  expect(CATALOGUE.map(({ entity }) => entity).sort()).toEqual([...KNOWN_ENTITIES.keys()].sort());
  expect(CATALOGUE.map(({ table }) => table)).toEqual(CATALOGUE.map(({ name }) => `raw.qb_${name}`));
});

describe("a run without arguments", () => {
  it("loads the whole catalogue", async () => {
    const ran = await run();
    expect(eventsOf(ran).at(-1)).toMatchObject({
      status: "success",
      counts: { pass: KNOWN_ENTITIES.size, skip: 0 },
    });
    expect(ran.exitCode).toBe(0);
  });

  it.each(CATALOGUE.map((entry) => [entry.name, entry] as const))(
    "loads exactly the %s records that the company has",
    async (_, entry) => {
      const source = await held(entry);
      expect(source.length).toBeGreaterThan(0);
      expect(await landed(entry)).toEqual(source);
    },
  );

  it("sends no paging and no count if the API has none", () => {
    const odd = queriesOf(simulator).filter((query) => /CompanyInfo|Preferences/.test(query));
    expect(odd.toSorted()).toEqual(["select * from CompanyInfo", "select * from Preferences"]);
    const unordered = queriesOf(simulator).filter((query) => /RecurringTransaction|TaxAgency/.test(query));
    expect(unordered.filter((query) => / order by /i.test(query))).toEqual([]);
  });

  it("creates ids from words, from 19 digits, from several fields and from no field", async () => {
    const idsIn = async (name: string) =>
      (await database.rows<{ id: string }>(`select id from raw.qb_${name}`)).map(({ id }) => id);
    expect(await idsIn("tax_codes")).toEqual(expect.arrayContaining(["TAX", "NON"]));
    expect(await idsIn("recurring_transactions")).toContain(LONG_ID);
    expect((await idsIn("exchange_rates"))[0]).toMatch(/^[A-Z]{3}\|[A-Z]{3}\|\d{4}-\d{2}-\d{2}$/);
    expect(await idsIn("preferences")).toEqual(["Preferences"]);
  });

  it("writes nothing in the second run", async () => {
    const summary = eventsOf(await run()).at(-1);
    expect(summary).toMatchObject({ status: "success", totals: { inserted: 0, updated: 0, stale: 0 } });
  });

  it("agrees with the source, record by record and in number", async () => {
    const env = { ...settingsOf(simulator), ...database.env };
    const { stdout, exitCode } = await qbo(["test", "--format", "json"], { cwd: folder.path, env });
    const { results } = JSON.parse(stdout);
    const names = (wanted: string) =>
      results
        .filter(({ status }: { status: string }) => status === wanted)
        .map(({ name, message }: { name: string; message: string }) => `${name}: ${message}`);
    expect({ warn: names("warn"), fail: names("fail"), error: names("error") }).toEqual({
      warn: [],
      fail: [],
      error: [],
    });
    expect(exitCode).toBe(0);
  });

  it("follows a wrapped record, even back in time", async () => {
    const put = async (members: object) => {
      await fetch(`${simulator.url}/simulator/records/RecurringTransaction`, {
        method: "POST",
        body: JSON.stringify({ Transfer: { ...WRAPPED, ...members } }),
      });
      return eventsOf(await run("recurring_transactions")).at(-1);
    };
    const older = { LastUpdatedTime: "2026-01-09T23:59:59-08:00" };
    expect(
      await put({ Amount: 5, MetaData: { LastUpdatedTime: "2026-01-10T02:00:00-08:00" } }),
    ).toMatchObject({
      totals: { updated: 1, stale: 0 },
    });
    // The version that was requested later is newer, even if the cursor has moved back.
    expect(await put({ Amount: 6, MetaData: older })).toMatchObject({ totals: { updated: 1, stale: 0 } });
  });
});

describe("an entity that the company lacks", () => {
  const lacking = async (fault: string, match: object, ...args: string[]) => {
    simulator.control.addFault({ match: { route: "query", ...match }, fault });
    try {
      const ran = await run(...args);
      return { ...ran, summary: eventsOf(ran).at(-1) };
    } finally {
      simulator.control.clearFaults();
    }
  };

  it.each(["403", "permission", "no-entity", "unsupported"])(
    "is skipped when the API answers %s",
    async (fault) => {
      // If the table held records, that would mean that something was lost.
      await database.rows("truncate raw.qb_budgets");
      const before = await database.rows(
        "select count(*) from qbo.windows where status = 'failed' and table_name <> 'raw.qb_budgets'",
      );
      const { exitCode, stderr, summary } = await lacking(fault, { entity: "Budget" }, "budgets", "terms");
      expect(summary).toMatchObject({
        status: "success",
        counts: { pass: 1, skip: 1, error: 0 },
        failure: null,
      });
      expect(exitCode).toBe(0);
      expect(stderr).toContain('"status":"not available"');
      const after = await database.rows(
        "select count(*) from qbo.windows where status = 'failed' and table_name <> 'raw.qb_budgets'",
      );
      expect(after).toEqual(before);
    },
  );

  it("is not the same as a company that refuses everything", async () => {
    const { exitCode, summary } = await lacking("403", {}, "budgets", "terms");
    expect(exitCode).toBe(1);
    expect(summary).toMatchObject({ failure: { code: "QBO_FORBIDDEN" } });
  });

  it("is not the same as a wrong query", async () => {
    const query = "select * from Bill where NoSuchField = 'x'";
    const text = `version: 1\nentity: Bill\ntable: raw.wrong\nquery: ${query}\n`;
    writeFileSync(join(folder.path, "wrong.yml"), text);
    const ran = await run("wrong.yml");
    expect(ran.exitCode).toBe(1);
    expect(eventsOf(ran).at(-1)).toMatchObject({ failure: { code: "QBO_QUERY_REFUSED" } });
  });
});
