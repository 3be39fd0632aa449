import { type JsonObject, parseJsonObject } from "../json-text/json-value.ts";
import { amount, type DraftObject, writeDraft } from "../number-text.ts";
import { formatPacificSeconds } from "../pacific-time.ts";
import type { EntityInfo } from "../query/entities.ts";
import { type CompanyRecord, innerFields } from "./record.ts";

/** The span in which generated records were last updated, UTC ms. The end is exclusive. */
export interface RowSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * Generates `count` records spread evenly over a span. Ids increase with time. The text of a record is only created
 * when it is read, so that a million records fit in memory.
 */
export function generateRows(entity: EntityInfo, count: number, span: RowSpan): CompanyRecord[] {
  const step = (span.to - span.from) / Math.max(count, 1);
  const records: CompanyRecord[] = [];
  for (let index = 0; index < count; index++) {
    const updated = Math.floor((span.from + index * step) / 1000) * 1000;
    records.push(new GeneratedRecord(entity, index + 1, updated));
  }
  return records;
}

class GeneratedRecord implements CompanyRecord {
  readonly #entity: EntityInfo;
  readonly #number: number;
  readonly id: string;
  readonly updated: number;
  readonly active = true;

  constructor(entity: EntityInfo, number: number, updated: number) {
    this.#entity = entity;
    this.#number = number;
    this.id = String(number);
    this.updated = updated;
  }

  get sortName(): string {
    return nameOf(this.#entity, this.#number);
  }

  get key(): string {
    if (this.#entity.name !== "ExchangeRate") return this.id;
    const { fields } = this;
    return `${fields["SourceCurrencyCode"]}|${fields["TargetCurrencyCode"]}|${fields["AsOfDate"]}`;
  }

  get raw(): string {
    return writeDraft(draftOf(this.#entity, this.#number, this.updated));
  }

  get fields(): JsonObject {
    return innerFields(this.#entity, parseJsonObject(this.raw));
  }
}

const CURRENCY = { value: "USD", name: "United States Dollar" };

function draftOf(entity: EntityInfo, number: number, updated: number): DraftObject {
  const time = formatPacificSeconds(updated);
  const metaData = { CreateTime: time, LastUpdatedTime: time };
  if (entity.name === "ExchangeRate") return exchangeRate(number, time);
  const own = { domain: "QBO", sparse: false, Id: String(number), SyncToken: "0", MetaData: metaData };
  const rest = entity.kind === "name-list" ? namedDraft(entity, number) : documentDraft(entity, number, time);
  const draft = { ...rest, ...own };
  return entity.name === "RecurringTransaction" ? { Invoice: draft } : draft;
}

function namedDraft(entity: EntityInfo, number: number): DraftObject {
  const name = nameOf(entity, number);
  const isPerson = ["Customer", "Vendor", "Employee", "TaxAgency"].includes(entity.name);
  return {
    ...(isPerson
      ? { DisplayName: name, PrintOnCheckName: name, CompanyName: `${name} Ltd` }
      : { Name: name }),
    ...(entity.defaultOrder === "full-name" ? { FullyQualifiedName: name } : {}),
    ...(entity.name === "Item" ? { Type: "Service", UnitPrice: amount(number % 90_000), Taxable: true } : {}),
    ...(isPerson ? { Balance: amount((number * 7919) % 500_000), CurrencyRef: CURRENCY } : {}),
    Active: true,
  };
}

function nameOf(entity: EntityInfo, number: number): string {
  return `${entity.name} ${String(number).padStart(7, "0")}`;
}

function documentDraft(entity: EntityInfo, number: number, time: string): DraftObject {
  const total = amount(1000 + ((number * 7919) % 900_000));
  const isSale = ["Invoice", "Estimate", "SalesReceipt", "CreditMemo", "Payment"].includes(entity.name);
  const party = { value: String(1 + (number % 40)) };
  return {
    ...(entity.kind === "transaction"
      ? { DocNumber: String(1000 + number), TxnDate: time.slice(0, 10) }
      : {}),
    ...(isSale ? { CustomerRef: party } : { VendorRef: party }),
    CurrencyRef: CURRENCY,
    Line: [
      { Id: "1", LineNum: 1, Description: `Row ${number}`, Amount: total, DetailType: "SalesItemLineDetail" },
    ],
    TotalAmt: total,
    Balance: number % 3 === 0 ? total : amount(0),
  };
}

/** Four currencies per day since 1990, so that no two rates have the same key. */
function exchangeRate(number: number, time: string): DraftObject {
  const date = new Date(Date.UTC(1990, 0, 1 + Math.floor(number / 4))).toISOString().slice(0, 10);
  const source = ["EUR", "GBP", "CAD", "JPY"][number % 4] ?? "EUR";
  return {
    SyncToken: "0",
    domain: "QBO",
    AsOfDate: date,
    SourceCurrencyCode: source,
    TargetCurrencyCode: "USD",
    Rate: amount(80 + (number % 50)),
    sparse: false,
    MetaData: { LastUpdatedTime: time },
  };
}
