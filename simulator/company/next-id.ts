import { ENTITIES, type EntityInfo } from "../query/entities.ts";
import { compareIds } from "./compare-ids.ts";
import type { Company } from "./store.ts";

/** All transactions share one sequence of Ids. Every list has its own (QuickBooks API facts, 7.4). */
export function nextId(company: Company, entity: EntityInfo): string {
  const isTransaction = entity.kind === "transaction";
  const sharing = isTransaction ? ENTITIES.filter((other) => other.kind === "transaction") : [entity];
  let highest = "0";
  for (const other of sharing) {
    for (const { id } of company.store(other).byTime()) {
      if (/^\d+$/.test(id) && compareIds(id, highest) > 0) highest = id;
    }
  }
  return String(BigInt(highest) + 1n);
}
