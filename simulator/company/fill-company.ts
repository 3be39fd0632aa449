import type { SimulatorOptions } from "../options.ts";
import { ENTITIES, findEntity } from "../query/entities.ts";
import { generateRows } from "./generate-rows.ts";
import { loadAnswers } from "./load-answers.ts";
import { seedCompany } from "./seed.ts";
import type { Company } from "./store.ts";

const ROWS_FROM = "2023-01-01T00:00:00Z";
const ROWS_TO = "2026-01-01T00:00:00Z";

/**
 * Fills a company as the options say: with the seeded records or with recorded answers, and then with the generated
 * entities. Every company has CompanyInfo and Preferences, so these are seeded if the folder lacks them.
 */
export function fillCompany(company: Company, options: SimulatorOptions): void {
  seedCompany(company, options.seed ?? 1);
  if (options.answers !== undefined) {
    for (const entity of ENTITIES) {
      if (entity.kind !== "singleton") company.store(entity).clear();
    }
    loadAnswers(company, options.answers);
  }
  const span = { from: Date.parse(options.rowsFrom ?? ROWS_FROM), to: Date.parse(options.rowsTo ?? ROWS_TO) };
  for (const [name, count] of Object.entries(options.rows ?? {})) {
    const entity = findEntity(name);
    if (!entity) throw new Error(`There is no entity ${name}.`);
    company.store(entity).clear();
    company.store(entity).putAll(generateRows(entity, count, span));
  }
}
