import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { CANARIES, MageProject } from "./support/mage-project.ts";

const JANUARY = { fecha_inicio: "2026-01-01", fecha_fin: "2026-01-31" };

/** The text of a wrapped message, as a reader sees it. */
const unwrapped = (text: string): string => text.replace(/\s+/g, " ");

describe.skipIf(inject("mage").kind === "absent")("mage run, with the real Mage", () => {
  let project: MageProject;

  beforeAll(async () => {
    project = await MageProject.create();
  });
  afterAll(() => project?.remove());

  it("refuses to run without secrets, and names every one that is missing", async () => {
    const { exitCode, text } = await project.mageRun("qb_customers_backfill", JANUARY);
    expect(exitCode).toBe(1);
    expect(unwrapped(text)).toContain("Mage Secrets holds no readable value for QBO_CLIENT_ID, QBO_CLIENT");
    expect(unwrapped(text)).toContain("mage-secrets set QBO_CLIENT_ID");
  });

  it("stores secrets from standard input, lists their names and never their values", async () => {
    await project.storeSecrets();
    const { exitCode, text } = await project.secretsCommand(["list"]);
    expect(exitCode).toBe(0);
    const set = text.split("\n").filter((line) => /^[A-Z_]+ +set \d{4}-/.test(line));
    expect(set).toHaveLength(10);
    for (const value of Object.values(CANARIES)) expect(text).not.toContain(value);
  });

  it("loads the month of the customers, exits 0 and says that the end is exclusive", async () => {
    const { exitCode, text } = await project.mageRun("qb_customers_backfill", JANUARY);
    expect(text).toContain("Pipeline run completed.");
    expect(exitCode).toBe(0);
    expect(await project.customers()).toBe(22);
    expect(text).toContain("Range [2026-01-01T00:00:00Z, 2026-01-31T00:00:00Z) in UTC: the end is exclusive");
    expect(text).toContain("Totals: windows 30, pages 1, rows 22, inserted 22");
  });

  it("changes nothing when the same range runs again, and uses the page size", async () => {
    const { exitCode, text } = await project.mageRun("qb_customers_backfill", { ...JANUARY, page_size: 10 });
    expect(exitCode).toBe(0);
    expect(text).toContain("inserted 0, updated 0, unchanged 22");
    expect(text).toContain("--page-size 10");
    expect(await project.customers()).toBe(22);
  });

  it("gives Mage one row for each window, as a table and as a chart", async () => {
    const { text } = await project.python(`
import json
from mage_ai.settings.repo import set_repo_path
set_repo_path(${JSON.stringify(project.path)})
from mage_ai.orchestration.db import db_connection
db_connection.start_session()
from mage_ai.data_preparation.models.pipeline import Pipeline
pipeline = Pipeline.get('qb_customers_backfill')
table = pipeline.variable_manager.get_variable('qb_customers_backfill', 'run_qbo', 'output_0')
chart = pipeline.get_block('rows_per_window', widget=True)
drawn = json.loads(chart.execute_sync(custom_code=chart.content, from_notebook=True)['output'])
print('RESULT', json.dumps([len(table), sorted(table.columns), int(table['rows'].sum()), len(drawn['x']), sum(drawn['y'][0])]))
`);
    const result = JSON.parse(/RESULT (.*)/.exec(text)?.[1] ?? `"${text}"`);
    expect(result).toEqual([
      30,
      expect.arrayContaining([
        "window_start_utc",
        "status",
        "pages",
        "rows",
        "inserted",
        "updated",
        "duration_ms",
      ]),
      22,
      30,
      22,
    ]);
  });

  it("runs any specs through the general pipeline", async () => {
    const { exitCode, text } = await project.mageRun("qbo_backfill", {
      ...JANUARY,
      specs: "entities/items.yml entities/customers.yml",
    });
    expect(text).toContain("Will run Item -> raw.qb_items");
    expect(exitCode).toBe(0);
    const tables = await project.raw.rows<{ entity: string }>(
      "select distinct entity from qbo.windows where status = 'sealed' order by 1",
    );
    expect(tables.map(({ entity }) => entity)).toEqual(["Customer", "Item"]);
  });

  it("runs the runner's other commands with the secrets, and fails if they fail", async () => {
    const status = await project.secretsCommand(["exec", "qbo", "status", "--output", "json"]);
    expect(status.text).toContain("raw.qb_customers");
    expect(status.exitCode).toBe(0);
    expect((await project.secretsCommand(["exec", "qbo", "no-such-command"])).exitCode).toBe(2);
    const environment = await project.secretsCommand(["exec", "env"]);
    expect(environment.text).toContain("POSTGRES_HOST=");
    expect(environment.text).not.toContain("MAGE_");
  });

  it("exits 1 with every parameter that is missing or wrong", async () => {
    const { exitCode, text } = await project.mageRun("qb_customers_backfill", { fecha_fin: "31/01/2026" });
    expect(exitCode).toBe(1);
    expect(unwrapped(text)).toContain("fecha_inicio is missing");
    expect(unwrapped(text)).toContain("fecha_fin is '31/01/2026', not ISO in UTC");
  });

  it("exits 1 with the place and the reason if a spec is wrong", async () => {
    const spec = join(project.folder, "entities", "invoices.yml");
    appendFileSync(spec, "pagesize: 10\n");
    const { exitCode, text } = await project.mageRun("qb_invoices_backfill", JANUARY);
    expect(exitCode).toBe(1);
    expect(unwrapped(text)).toMatch(/entities\/invoices\.yml:\d+:\d+ .*pagesize/);
  });

  it("exits 1 in the runner's own words when QuickBooks refuses, and shows no secret", async () => {
    project.simulator.control.addFault({ fault: "invalid_client", match: { route: "token" } });
    project.simulator.control.expireAccessTokens();
    const { exitCode, text } = await project.mageRun("qb_customers_backfill", JANUARY);
    project.simulator.control.clearFaults();
    expect(exitCode).toBe(1);
    expect(unwrapped(text)).toContain("QBO_CREDENTIALS_REFUSED: QuickBooks does not accept the client id");
    expect(unwrapped(text)).toContain("what to do: check QBO_CLIENT_ID and QBO_CLIENT_SECRET");
    for (const value of Object.values(CANARIES)) expect(text).not.toContain(value);
  });

  it("uses a secret that was replaced", async () => {
    const replaced = await project.secretsCommand(["set", "POSTGRES_DB"], "no_such_database\n");
    expect(replaced.text).toContain("POSTGRES_DB is replaced.");
    const broken = await project.mageRun("qb_customers_backfill", JANUARY);
    expect(broken.exitCode).toBe(1);
    expect(unwrapped(broken.text)).toContain("no_such_database");
    await project.secretsCommand(["set", "POSTGRES_DB"], project.raw.name);
    expect((await project.mageRun("qb_customers_backfill", JANUARY)).exitCode).toBe(0);
  });

  it.each(["docs/runbook.md", "README.es.md"])("answers every query of %s", async (page) => {
    const blocks = [...readFileSync(page, "utf8").matchAll(/```sql\n(.*?)```/gs)].map(
      (match) => match[1] ?? "",
    );
    const queries = blocks
      .join("\n")
      .split(";")
      .filter((query) => query.includes("select"));
    expect(queries.length).toBeGreaterThan(3);
    for (const query of queries) await project.raw.rows(query);
  });

  it("leaves no secret in plain text in Mage's logs, variables, database or project", async () => {
    const values = [...Object.values(CANARIES), project.secrets["POSTGRES_PASSWORD"] ?? ""];
    expect(values.every((value) => value.length > 10)).toBe(true);
    expect(project.filesWith("raw.qb_customers").length).toBeGreaterThan(0);
    expect(await project.ownRowsWith("QBO_CLIENT_SECRET")).toHaveLength(1);
    for (const value of values) {
      expect(project.filesWith(value)).toEqual([]);
      expect(await project.ownRowsWith(value)).toEqual([]);
    }
  });
});
