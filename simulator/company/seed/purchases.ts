import { amount, type DraftObject } from "../../number-text.ts";
import type { SeedAccount } from "./accounts.ts";
import { DAY, secondBetween } from "./calendar.ts";
import { dateAfter, expenseLine, newDocument, refer, type SeedDocument, splitCents } from "./document.ts";
import { USD } from "./list-record.ts";
import type { Random } from "./random.ts";
import type { SeedParty } from "./vendors.ts";

/** A vendor and the account of its bills. */
export interface SeedVendor extends SeedParty {
  readonly expense: string;
}

/** What is needed to create purchases. */
export interface PurchaseParts {
  readonly random: Random;
  readonly vendors: readonly SeedVendor[];
  readonly accounts: readonly SeedAccount[];
}

const PAYABLE = { value: "17", name: "Accounts Payable (A/P)" };

/** Bills, bill payments, direct purchases, orders and vendor credits, up to each vendor's last activity. */
export function seedPurchases(parts: PurchaseParts): SeedDocument[] {
  return parts.vendors.flatMap((vendor) => purchasesOf(parts, vendor));
}

function purchasesOf(parts: PurchaseParts, vendor: SeedVendor): SeedDocument[] {
  const { random } = parts;
  const documents: SeedDocument[] = [];
  const count = random.whole(3, 6);
  for (let index = 0; index < count; index++) {
    const isLast = index === count - 1;
    const day = isLast ? vendor.updated : secondBetween(random, vendor.created + DAY, vendor.updated - DAY);
    const bill = vendorDocument(parts, vendor, "Bill", day);
    documents.push(bill);
    const paidAt = day + random.whole(7, 30) * DAY + random.whole(0, 3600) * 1000;
    if (paidAt < vendor.updated && random.chance(0.9)) documents.push(paymentOf(parts, vendor, bill, paidAt));
  }
  for (const [entity, most] of [
    ["Purchase", 8],
    ["PurchaseOrder", 1],
    ["VendorCredit", 1],
  ] as const) {
    for (let left = random.whole(most === 8 ? 2 : 0, most); left > 0; left--) {
      documents.push(
        vendorDocument(parts, vendor, entity, secondBetween(random, vendor.created + DAY, vendor.updated)),
      );
    }
  }
  return documents;
}

function vendorDocument(
  parts: PurchaseParts,
  vendor: SeedVendor,
  entity: string,
  created: number,
): SeedDocument {
  const { random, accounts } = parts;
  const account = accounts.find(({ fullName }) => fullName === vendor.expense);
  if (!account) throw new Error(`no account ${vendor.expense}`);
  const document = newDocument(entity, created, random.whole(1500, 240_000), vendor.id);
  if (entity === "Purchase" || entity === "PurchaseOrder") document.balance = 0;
  const pieces = splitCents(random, document.total, random.whole(1, 3));
  const lines = pieces.map((cents, index) =>
    expenseLine(index + 1, cents, account, index === 0 ? undefined : "Carriage"),
  );
  const members = BODIES[entity]?.(random, vendor) ?? (() => ({}));
  document.body = () => ({
    DocNumber: document.docNumber,
    TxnDate: dateAfter(created),
    CurrencyRef: USD,
    Line: lines,
    TotalAmt: amount(document.total),
    ...members(document),
  });
  return document;
}

type Members = (document: SeedDocument) => DraftObject;

const BODIES: Readonly<Record<string, (random: Random, vendor: SeedVendor) => Members>> = {
  Bill: (_random, vendor) => (document) => ({
    VendorRef: refer(vendor),
    APAccountRef: PAYABLE,
    SalesTermRef: { value: "4" },
    DueDate: dateAfter(document.created, 30),
    LinkedTxn: [],
    Balance: amount(document.balance),
  }),
  Purchase: (random, vendor) => {
    const type = random.pick(["Cash", "Check", "CreditCard", "CreditCard"]);
    const account =
      type === "CreditCard" ? { value: "18", name: "Harbor Visa" } : { value: "1", name: "Checking" };
    return () => ({
      AccountRef: account,
      PaymentType: type,
      EntityRef: { ...refer(vendor), type: "Vendor" },
      Credit: type === "CreditCard" ? false : undefined,
      PurchaseEx: {
        any: [
          {
            name: "{http://schema.intuit.com/finance/v3}NameValue",
            declaredType: "com.intuit.schema.finance.v3.NameValue",
            scope: "javax.xml.bind.JAXBElement$GlobalScope",
            value: { Name: "TxnType", Value: type === "CreditCard" ? "54" : "3" },
            nil: false,
            globalScope: true,
            typeSubstituted: false,
          },
        ],
      },
    });
  },
  PurchaseOrder: (random, vendor) => {
    const status = random.pick(["Open", "Closed"]);
    return () => ({
      VendorRef: refer(vendor),
      APAccountRef: PAYABLE,
      POStatus: status,
      EmailStatus: "NotSet",
    });
  },
  VendorCredit: (_random, vendor) => (document) => ({
    VendorRef: refer(vendor),
    APAccountRef: PAYABLE,
    Balance: amount(document.balance),
  }),
};

function paymentOf(
  { random }: PurchaseParts,
  vendor: SeedVendor,
  bill: SeedDocument,
  paidAt: number,
): SeedDocument {
  const payment = newDocument("BillPayment", paidAt, bill.total, vendor.id);
  const open = bill.body;
  const isCheck = random.chance(0.7);
  bill.balance = 0;
  bill.updated = paidAt;
  bill.body = () => ({ ...open(), LinkedTxn: [{ TxnId: payment.id, TxnType: "BillPaymentCheck" }] });
  payment.body = () => ({
    VendorRef: refer(vendor),
    PayType: isCheck ? "Check" : "CreditCard",
    ...(isCheck
      ? { CheckPayment: { BankAccountRef: { value: "1", name: "Checking" }, PrintStatus: "NotSet" } }
      : { CreditCardPayment: { CCAccountRef: { value: "18", name: "Harbor Visa" } } }),
    TotalAmt: amount(payment.total),
    DocNumber: payment.docNumber,
    TxnDate: dateAfter(paidAt),
    CurrencyRef: USD,
    Line: [{ Amount: amount(payment.total), LinkedTxn: [{ TxnId: bill.id, TxnType: "Bill" }] }],
  });
  return payment;
}
