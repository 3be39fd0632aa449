import { amount, type DraftObject } from "../../number-text.ts";
import { pacificDate } from "../../pacific-time.ts";
import { DAY } from "./calendar.ts";
import { identityMembers } from "./list-record.ts";
import type { Random } from "./random.ts";

/** A draft of a transaction. Ids are assigned in order of creation once all drafts are known. */
export interface SeedDocument {
  readonly entity: string;
  /** The Id of the customer or vendor, if there is one. */
  readonly party: string;
  readonly created: number;
  updated: number;
  syncToken: number;
  id: string;
  docNumber?: string;
  /** In cents. */
  total: number;
  /** The open amount in cents. */
  balance: number;
  /** Returns the other members. Called when every Id is known. */
  body: () => DraftObject;
}

/** A document whose members are computed later. */
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

/** Assigns Ids and document numbers in order of creation. All transactions share one sequence of Ids. */
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

/** The amount owed on the documents of one party, or of all parties, in cents. Credits are subtracted. */
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

/** The date in US Pacific time that is some days after an instant (UTC ms). */
export function dateAfter(instant: number, days = 0): string {
  return pacificDate(instant + days * DAY);
}

/** Splits an amount in cents into a few parts. None of them is zero. */
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

/** A line for an expense on an account. */
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
