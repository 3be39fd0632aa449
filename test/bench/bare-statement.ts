import { readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { compileTemplates, TEMPLATE_NAMES, type TemplateFiles } from "../../runner/render/templates.ts";
import { resolveSpec } from "../../runner/spec/resolve-spec.ts";
import { fillCompany } from "../../simulator/company/fill-company.ts";
import { answerQuery } from "../../simulator/query-endpoint.ts";
import { createWorld } from "../../simulator/world.ts";
import { ROOT } from "../support/cli.ts";

/** Measures how many records per second this PostgreSQL accepts from the upsert statement, with one page per
 * transaction and without a network or a runner. This is the upper limit for loading. */
export async function measureStatement(client: pg.Client, records: number): Promise<number> {
  const files = Object.fromEntries(
    TEMPLATE_NAMES.map((name) => [
      name,
      { file: name, text: readFileSync(join(ROOT, "templates", name), "utf8") },
    ]),
  ) as unknown as TemplateFiles;
  const statements = compileTemplates(files);
  const spec = resolveSpec("invoices.yml", { version: 1, entity: "Invoice", table: "bench.invoices" }, [""]);
  await client.query("create schema bench");
  await client.query(statements.table(spec));
  const pages = pagesOf(records);
  const upsert = statements.upsert(spec);
  const window = [new Date("2023-01-01T00:00:00Z"), new Date("2026-01-01T00:00:00Z")] as const;
  const startedAt = performance.now();
  for (const { text, ids } of pages) {
    await client.query("begin");
    await client.query(upsert, [
      text,
      ["QueryResponse", "Invoice"],
      ids.map((_, index) => index + 1),
      ids,
      ids.map(() => window[0]),
      ids.map(() => window[1]),
      ids.map(() => 1),
      new Date(),
      1000,
      "{}",
      new Date(),
      new Date(),
    ]);
    await client.query("commit");
  }
  return records / ((performance.now() - startedAt) / 1000);
}

function pagesOf(records: number): { text: string; ids: string[] }[] {
  const world = createWorld({ rows: { Invoice: records } });
  fillCompany(world.company, { rows: { Invoice: records } });
  const pages: { text: string; ids: string[] }[] = [];
  for (let start = 1; start <= records; start += 1000) {
    const text = String(
      answerQuery(
        world,
        `select * from Invoice order by MetaData.LastUpdatedTime startposition ${start} maxresults 1000`,
      ).body,
    );
    pages.push({ text, ids: JSON.parse(text).QueryResponse.Invoice.map(({ Id }: { Id: string }) => Id) });
  }
  return pages;
}
