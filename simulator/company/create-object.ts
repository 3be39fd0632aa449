import { removeRawMembers, writeMembers } from "../json-text/edit.ts";
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from "../json-text/json-value.ts";
import { type RawMember, rawMembers } from "../json-text/scan.ts";
import { amount } from "../number-text.ts";
import { formatPacificSeconds, pacificDate } from "../pacific-time.ts";
import { ENTITIES, type EntityInfo } from "../query/entities.ts";
import type { World } from "../world.ts";
import { WriteFault } from "../write-fault.ts";
import { applyPayment } from "./apply-payment.ts";
import { compareIds } from "./compare-ids.ts";
import type { CompanyRecord } from "./record.ts";
import type { Company } from "./store.ts";

/** Creates a record from the raw text of a create request, filling in what the service decides. */
export function createObject(
  world: World,
  entity: EntityInfo,
  text: string,
  fields: JsonObject,
): CompanyRecord {
  const { company } = world;
  const now = world.clock.now();
  checkRequired(entity, fields);
  checkName(company, entity, fields);
  const time = JSON.stringify(formatPacificSeconds(now));
  const own: RawMember[] = [
    { key: "domain", raw: '"QBO"' },
    { key: "sparse", raw: "false" },
    { key: "Id", raw: JSON.stringify(nextId(company, entity)) },
    { key: "SyncToken", raw: '"0"' },
    { key: "MetaData", raw: `{"CreateTime":${time},"LastUpdatedTime":${time}}` },
  ];
  const given = rawMembers(
    removeRawMembers(
      text,
      own.map((member) => member.key),
    ),
  );
  const missing = derived(entity, fields, now).filter(({ key }) => fields[key] === undefined);
  const [record] = company.insert(entity, [writeMembers([...given, ...missing, ...own])]);
  if (!record) throw new Error(`${entity.name} was not stored`);
  if (entity.name === "Payment") applyPayment(company, record, now);
  return record;
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

function nameIn(fields: JsonObject): string | undefined {
  return (
    stringMember(fields, "DisplayName") ??
    stringMember(fields, "Name") ??
    stringMember(fields, "Code") ??
    personName(fields)
  );
}

function personName(fields: JsonObject): string | undefined {
  const parts = [stringMember(fields, "GivenName"), stringMember(fields, "FamilyName")];
  const name = parts.filter((part) => part !== undefined).join(" ");
  return name === "" ? undefined : name;
}

/** Members the service works out when they are not given. */
function derived(entity: EntityInfo, fields: JsonObject, now: number): RawMember[] {
  if (entity.kind === "name-list") {
    const name = JSON.stringify(nameIn(fields) ?? "");
    const isPerson = ["Customer", "Vendor", "Employee"].includes(entity.name);
    const members = [{ key: "Active", raw: "true" }];
    if (isPerson) members.push({ key: "DisplayName", raw: name }, { key: "PrintOnCheckName", raw: name });
    if (entity.defaultOrder === "full-name") members.push({ key: "FullyQualifiedName", raw: name });
    if (entity.name === "Customer" || entity.name === "Vendor") members.push({ key: "Balance", raw: "0" });
    return members;
  }
  const total = amount(sumLines(fields["Line"])).text;
  const members = [{ key: "TxnDate", raw: JSON.stringify(pacificDate(now)) }];
  if (fields["Line"] !== undefined) members.push({ key: "TotalAmt", raw: total });
  if (entity.name === "Invoice" || entity.name === "Bill") members.push({ key: "Balance", raw: total });
  return members;
}

/** The sum of the line amounts, cents; subtotals do not count. */
function sumLines(lines: JsonValue | undefined): number {
  let cents = 0;
  for (const line of Array.isArray(lines) ? lines : []) {
    if (!isJsonObject(line) || line["DetailType"] === "SubTotalLineDetail") continue;
    cents += Math.round(Number(line["Amount"] ?? 0) * 100);
  }
  return cents;
}

/** Transactions share one space of Ids; every list has its own (QuickBooks API facts, 7.4). */
function nextId(company: Company, entity: EntityInfo): string {
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
