import { amount, type DraftObject } from "../../number-text.ts";
import { pacificDate } from "../../pacific-time.ts";
import { DAY } from "./calendar.ts";
import { identityMembers } from "./list-record.ts";
import type { Random } from "./random.ts";

/** A transaction being drafted. Its Id is given when all are known, in order of creation. */
export interface SeedDocument {
  readonly entity: string;
  /** Id of the customer or vendor, where there is one. */
  readonly party: string;
  readonly created: number;
  updated: number;
  syncToken: number;
  id: string;
  docNumber?: string;
  /** Cents. */
  total: number;
  /** Cents still open. */
  balance: number;
  /** The members apart from identity; called when every Id is known. */
  body: () => DraftObject;
}

/** A document whose members are worked out later. */
export function newDocument(entity: string, created: number, total: number, party = ""): SeedDocument {
  return {
    entity,
    party,
    created,
    updated: created,
    syncToken: 0,
    id: "",
    total,
    balance: total,
    body: () => ({}),
  };
}

/** Gives Ids and document numbers in order of creation: transactions share one space of Ids. */
export function numberDocuments(documents: SeedDocument[]): void {
  documents.sort((a, b) => a.created - b.created);
  const numbers = new Map<string, number>();
  for (const [index, document] of documents.entries()) {
    document.id = String(index + 11);
    const next = (numbers.get(document.entity) ?? 1000) + 1;
    numbers.set(document.entity, next);
    document.docNumber = String(next);
  }
}

/** What is owed on the documents of a party, or of all, cents; credits count against it. */
export function openBalance(documents: readonly SeedDocument[], party?: string): number {
  let cents = 0;
  for (const document of documents) {
    if (party !== undefined && document.party !== party) continue;
    if (document.entity === "Invoice" || document.entity === "Bill") cents += document.balance;
    if (document.entity === "CreditMemo" || document.entity === "VendorCredit") cents -= document.balance;
  }
  return cents;
}

/** The record of a document. */
export function documentDraft(document: SeedDocument): DraftObject {
  return { ...identityMembers(document), ...document.body() };
}

/** A date in US Pacific time, some days after an instant (UTC ms). */
export function dateAfter(instant: number, days = 0): string {
  return pacificDate(instant + days * DAY);
}

/** Splits an amount of cents into a few parts, none of them zero. */
export function splitCents(random: Random, cents: number, parts: number): number[] {
  const amounts: number[] = [];
  let rest = cents;
  for (let part = parts; part > 1; part--) {
    const piece = Math.max(1, Math.floor((rest / part) * (0.5 + random.next())));
    amounts.push(Math.min(piece, rest - part));
    rest -= amounts.at(-1) ?? 0;
  }
  return [...amounts, rest];
}

/** A reference, `{"value":"18","name":"…"}`. */
export function refer(to: { readonly id: string; readonly name: string }): DraftObject {
  return { value: to.id, name: to.name };
}

/** A line that spends on an account. */
export function expenseLine(
  number: number,
  cents: number,
  account: { readonly id: string; readonly fullName: string },
  description?: string,
): DraftObject {
  return {
    Id: String(number),
    LineNum: number,
    Description: description,
    Amount: amount(cents),
    DetailType: "AccountBasedExpenseLineDetail",
    AccountBasedExpenseLineDetail: {
      AccountRef: { value: account.id, name: account.fullName },
      BillableStatus: "NotBillable",
      TaxCodeRef: { value: "NON" },
    },
  };
}
