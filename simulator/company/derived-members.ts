import { isJsonObject, type JsonObject, type JsonValue } from "../json-text/json-value.ts";
import type { RawMember } from "../json-text/scan.ts";
import { amount } from "../number-text.ts";
import { pacificDate } from "../pacific-time.ts";
import type { EntityInfo } from "../query/entities.ts";
import { nameIn } from "./record-name.ts";

/** Members that the service computes if they are not given. */
export function derivedMembers(entity: EntityInfo, fields: JsonObject, now: number): RawMember[] {
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

/** The sum of the line amounts in cents, without subtotals. */
function sumLines(lines: JsonValue | undefined): number {
  let cents = 0;
  for (const line of Array.isArray(lines) ? lines : []) {
    if (!isJsonObject(line) || line["DetailType"] === "SubTotalLineDetail") continue;
    cents += Math.round(Number(line["Amount"] ?? 0) * 100);
  }
  return cents;
}
