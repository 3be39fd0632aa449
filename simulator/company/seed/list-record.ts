import { type DraftObject, writeDraft } from "../../number-text.ts";
import { formatPacificSeconds } from "../../pacific-time.ts";
import { findEntity } from "../../query/entities.ts";
import type { Company } from "../store.ts";

/** Identity and times of a seeded record. Times are in UTC ms. */
export interface Identity {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
  readonly syncToken?: number;
}

/** The members that every record has (QuickBooks API facts, 3.9). */
export function identityMembers({ id, created, updated, syncToken = 0 }: Identity): DraftObject {
  return {
    domain: "QBO",
    sparse: false,
    Id: id,
    SyncToken: String(syncToken),
    MetaData: { CreateTime: formatPacificSeconds(created), LastUpdatedTime: formatPacificSeconds(updated) },
  };
}

/** Stores drafts as records of an entity. */
export function insertDrafts(company: Company, entityName: string, drafts: readonly DraftObject[]): void {
  const entity = findEntity(entityName);
  if (!entity) throw new Error(`no entity ${entityName}`);
  company.insert(entity, drafts.map(writeDraft));
}

/** The currency of the books. */
export const USD = { value: "USD", name: "United States Dollar" };
