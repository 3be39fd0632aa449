import { isJsonObject, type JsonValue, stringMember } from "../json-text/json-value.ts";
import { amount } from "../number-text.ts";
import { findEntity } from "../query/entities.ts";
import { editRecord } from "./changes.ts";
import type { CompanyRecord } from "./record.ts";
import type { Company } from "./store.ts";

/**
 * Applies a payment to other records in the same second. The balances of the invoices that it names decrease. The
 * customer's balance and LastUpdatedTime change, but its SyncToken does not (QuickBooks API facts, 8.4).
 * @param at UTC ms.
 */
export function applyPayment(company: Company, payment: CompanyRecord, at: number): void {
  for (const line of list(payment.fields["Line"])) {
    if (!isJsonObject(line)) continue;
    const cents = Math.round(Number(line["Amount"] ?? 0) * 100);
    for (const linked of list(line["LinkedTxn"])) {
      const id = stringMember(linked, "TxnId");
      if (id !== undefined && stringMember(linked, "TxnType") === "Invoice") {
        lowerBalance(company, "Invoice", { id, cents, at, bumpsSyncToken: true });
      }
    }
  }
  const customer = stringMember(payment.fields["CustomerRef"], "value");
  const cents = Math.round(Number(payment.fields["TotalAmt"] ?? 0) * 100);
  if (customer !== undefined) {
    lowerBalance(company, "Customer", { id: customer, cents, at, bumpsSyncToken: false });
  }
}

function lowerBalance(
  company: Company,
  name: "Invoice" | "Customer",
  by: { readonly id: string; readonly cents: number; readonly at: number; readonly bumpsSyncToken: boolean },
): void {
  const entity = findEntity(name);
  const record = entity && company.store(entity).get(by.id);
  if (!entity || !record) return;
  const balance = Math.round(Number(record.fields["Balance"] ?? 0) * 100) - by.cents;
  const set = [{ key: "Balance", raw: amount(balance).text }];
  editRecord(company, { entity, key: by.id, at: by.at }, set, by.bumpsSyncToken);
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
