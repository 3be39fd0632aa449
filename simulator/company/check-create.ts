import type { JsonObject } from "../json-text/json-value.ts";
import type { EntityInfo } from "../query/entities.ts";
import { WriteFault } from "../write-fault.ts";
import { nameIn } from "./record-name.ts";
import type { Company } from "./store.ts";

/** Refuses a create request that lacks a member (2020) or uses a name that already exists (6240). */
export function checkCreate(company: Company, entity: EntityInfo, fields: JsonObject): void {
  checkRequired(entity, fields);
  checkName(company, entity, fields);
}

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  Invoice: ["CustomerRef", "Line"],
  Estimate: ["CustomerRef", "Line"],
  CreditMemo: ["CustomerRef", "Line"],
  Payment: ["CustomerRef", "TotalAmt"],
  Bill: ["VendorRef", "Line"],
  Purchase: ["AccountRef", "PaymentType", "Line"],
};

function checkRequired(entity: EntityInfo, fields: JsonObject): void {
  const missing = REQUIRED[entity.name]?.find((key) => fields[key] === undefined);
  const nameless = entity.kind === "name-list" && nameIn(fields) === undefined;
  if (missing === undefined && !nameless) return;
  const detail = `Required parameter ${missing ?? "Name"} is missing in the request`;
  throw new WriteFault({
    message: "Required param missing, need to supply the required value for the API",
    detail,
    code: "2020",
  });
}

function checkName(company: Company, entity: EntityInfo, fields: JsonObject): void {
  const name = nameIn(fields)?.toLowerCase();
  if (entity.kind !== "name-list" || name === undefined) return;
  const taken = company
    .store(entity)
    .byTime()
    .some((record) => nameIn(record.fields)?.toLowerCase() === name);
  if (!taken) return;
  const detail = "The name supplied already exists. : null";
  throw new WriteFault({ message: "Duplicate Name Exists Error", detail, code: "6240" });
}
