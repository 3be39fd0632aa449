import { amount, type Draft, type DraftObject } from "../../number-text.ts";
import { BOOKS_END, BOOKS_OPEN, DAY, officeHour, secondBetween } from "./calendar.ts";
import type { SeedCustomer } from "./customers.ts";
import { dateAfter, newDocument, refer, type SeedDocument } from "./document.ts";
import { USD } from "./list-record.ts";
import type { Random } from "./random.ts";
import type { SeedParty } from "./vendors.ts";

/** What is needed to create the bookkeeper's own documents. */
export interface BookParts {
  readonly random: Random;
  readonly customers: readonly SeedCustomer[];
  readonly vendors: readonly SeedParty[];
  readonly employees: readonly SeedParty[];
}

/** Journal entries, deposits, transfers, card payments, hours, charges and tax payments. */
export function seedBookkeeping(parts: BookParts): SeedDocument[] {
  const months = [
    "2025-06",
    "2025-07",
    "2025-08",
    "2025-09",
    "2025-10",
    "2025-11",
    "2025-12",
    "2026-01",
    "2026-02",
  ];
  const documents: SeedDocument[] = [];
  for (const month of months) {
    documents.push(journalEntry(parts.random, month, "Depreciation", ["47", "15"], 34_800));
    documents.push(
      journalEntry(parts.random, month, "Wages", ["61", "21"], parts.random.whole(900_000, 1_100_000)),
    );
    documents.push(deposit(parts, month), deposit(parts, month));
    documents.push(moneyMove(parts.random, month, "CreditCardPayment"));
    if (parts.random.chance(0.8)) documents.push(moneyMove(parts.random, month, "Transfer"));
  }
  for (const quarter of ["2025-10-27", "2026-01-26"]) documents.push(taxPayment(parts.random, quarter));
  for (let index = 0; index < 60; index++) documents.push(timeActivity(parts));
  for (let index = 0; index < 4; index++) documents.push(reimburseCharge(parts));
  return documents;
}

function dayOf(random: Random, month: string, low = 3, high = 26): number {
  return officeHour(random, `${month}-${String(random.whole(low, high)).padStart(2, "0")}`);
}

function journalEntry(
  random: Random,
  month: string,
  note: string,
  [debit, credit]: readonly [string, string],
  cents: number,
): SeedDocument {
  const document = newDocument("JournalEntry", dayOf(random, month, 24, 27), cents);
  const line = (number: number, account: string, posting: string): Draft => ({
    Id: String(number - 1),
    Description: `${note} ${month}`,
    Amount: amount(cents),
    DetailType: "JournalEntryLineDetail",
    JournalEntryLineDetail: { PostingType: posting, AccountRef: { value: account } },
  });
  document.body = () => ({
    Adjustment: false,
    DocNumber: document.docNumber,
    TxnDate: dateAfter(document.created),
    CurrencyRef: USD,
    PrivateNote: note,
    Line: [line(1, debit, "Debit"), line(2, credit, "Credit")],
    TxnTaxDetail: {},
    TotalAmt: amount(cents),
  });
  return document;
}

function deposit({ random, customers }: BookParts, month: string): SeedDocument {
  const document = newDocument("Deposit", dayOf(random, month), random.whole(5000, 320_000));
  const customer = random.pick(customers);
  document.body = () => ({
    DepositToAccountRef: { value: "1", name: "Checking" },
    TotalAmt: amount(document.total),
    TxnDate: dateAfter(document.created),
    CurrencyRef: USD,
    Line: [
      {
        Id: "1",
        LineNum: 1,
        Amount: amount(document.total),
        DetailType: "DepositLineDetail",
        DepositLineDetail: {
          Entity: { value: customer.id, name: customer.name, type: "CUSTOMER" },
          AccountRef: { value: "5", name: "Undeposited Funds" },
          PaymentMethodRef: { value: "1", name: "Cash" },
        },
      },
    ],
  });
  return document;
}

function moneyMove(random: Random, month: string, entity: "Transfer" | "CreditCardPayment"): SeedDocument {
  const document = newDocument(entity, dayOf(random, month), random.whole(20, 300) * 1000);
  const accounts: DraftObject =
    entity === "Transfer"
      ? {
          FromAccountRef: { value: "1", name: "Checking" },
          ToAccountRef: { value: "2", name: "Savings" },
        }
      : {
          BankAccountRef: { value: "1", name: "Checking" },
          CreditCardAccountRef: { value: "18", name: "Harbor Visa" },
        };
  document.body = () => ({
    ...accounts,
    Amount: amount(document.total),
    TxnDate: dateAfter(document.created),
    CurrencyRef: USD,
  });
  return document;
}

function taxPayment(random: Random, date: string): SeedDocument {
  const document = newDocument("TaxPayment", officeHour(random, date), random.whole(80_000, 320_000));
  document.body = () => ({
    PaymentDate: date,
    PaymentAccountRef: { value: "1" },
    PaymentAmount: amount(document.total),
    Refund: false,
    Description: "Sales tax of the quarter",
  });
  return document;
}

function timeActivity({ random, customers, employees }: BookParts): SeedDocument {
  const document = newDocument("TimeActivity", secondBetween(random, BOOKS_OPEN + 5 * DAY, BOOKS_END), 0);
  const employee = random.pick(employees);
  const customer = random.pick(customers);
  const hours = random.whole(1, 8);
  const minutes = random.pick([0, 15, 30, 45]);
  document.body = () => ({
    TxnDate: dateAfter(document.created),
    NameOf: "Employee",
    EmployeeRef: refer(employee),
    CustomerRef: refer(customer),
    ItemRef: { value: "20", name: "Fitting" },
    BillableStatus: "NotBillable",
    Taxable: false,
    HourlyRate: amount(7200),
    Hours: hours,
    Minutes: minutes,
    Description: "On site",
  });
  return document;
}

function reimburseCharge({ random, customers }: BookParts): SeedDocument {
  const document = newDocument("ReimburseCharge", dayOf(random, "2026-01"), random.whole(2000, 30_000));
  const customer = random.pick(customers);
  document.body = () => ({
    CustomerRef: refer(customer),
    HasBeenInvoiced: false,
    Amount: amount(document.total),
    TxnDate: dateAfter(document.created),
    CurrencyRef: USD,
    Line: [
      {
        Id: "1",
        LineNum: 1,
        Amount: amount(document.total),
        DetailType: "ReimburseLineDetail",
        ReimburseLineDetail: {},
      },
    ],
  });
  return document;
}
