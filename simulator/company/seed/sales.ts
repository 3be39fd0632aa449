import { amount, type DraftObject, NumberText } from "../../number-text.ts";
import { DAY, secondBetween } from "./calendar.ts";
import type { SeedCustomer } from "./customers.ts";
import { dateAfter, newDocument, refer, type SeedDocument } from "./document.ts";
import type { SeedItem } from "./items.ts";
import { USD } from "./list-record.ts";
import type { Random } from "./random.ts";

/** What is needed to create sales. */
export interface SalesParts {
  readonly random: Random;
  readonly customers: readonly SeedCustomer[];
  readonly items: readonly SeedItem[];
}

/** The sales tax of Olympia, in tenths of a percent. */
const TAX_PERMILLE = 95;

/**
 * Estimates, invoices, payments, receipts and credits. No document of a customer is later than the customer's
 * last activity, and the last document is in exactly that second.
 */
export function seedSales(parts: SalesParts): SeedDocument[] {
  return parts.customers.flatMap((customer) => salesOf(parts, customer));
}

function salesOf(parts: SalesParts, customer: SeedCustomer): SeedDocument[] {
  const { random } = parts;
  const documents: SeedDocument[] = [];
  const count = random.whole(2, 6);
  for (let index = 0; index < count; index++) {
    const isLast = index === count - 1;
    const day = isLast
      ? customer.updated
      : secondBetween(random, customer.created + DAY, customer.updated - DAY);
    const invoice = saleDocument(parts, customer, "Invoice", day);
    documents.push(invoice);
    if (random.chance(0.25)) documents.push(estimateFor(parts, customer, invoice));
    const paidAt = day + random.whole(5, 35) * DAY + random.whole(0, 7200) * 1000;
    if (paidAt < customer.updated && random.chance(0.85))
      documents.push(paymentFor(parts, customer, invoice, paidAt));
  }
  for (const [entity, chance] of OTHER_SALES) {
    if (!random.chance(chance)) continue;
    const day = secondBetween(random, customer.created + DAY, customer.updated);
    documents.push(saleDocument(parts, customer, entity, day));
  }
  return documents;
}

const OTHER_SALES = [
  ["SalesReceipt", 0.5],
  ["SalesReceipt", 0.3],
  ["CreditMemo", 0.25],
  ["RefundReceipt", 0.2],
] as const;

interface SaleLine {
  readonly item: SeedItem;
  readonly quantity: number;
  readonly cents: number;
}

function saleDocument(
  parts: SalesParts,
  customer: SeedCustomer,
  entity: string,
  created: number,
): SeedDocument {
  const { random } = parts;
  const lines: SaleLine[] = [];
  for (let index = random.whole(1, entity === "Invoice" ? 4 : 2); index > 0; index--) {
    const item = random.pick(parts.items);
    const quantity = item.price > 100_000 ? 1 : random.pick([1, 1, 2, 3, 4, 2.5]);
    lines.push({ item, quantity, cents: Math.round(item.price * quantity) });
  }
  const subtotal = lines.reduce((sum, line) => sum + line.cents, 0);
  const tax = customer.isTaxable ? Math.round((subtotal * TAX_PERMILLE) / 1000) : 0;
  const document = newDocument(entity, created, subtotal + tax, customer.id);
  if (entity === "SalesReceipt" || entity === "RefundReceipt") document.balance = 0;
  const extra = extraMembers(random, document, customer);
  document.body = () => saleBody({ document, customer, lines, subtotal, tax, extra: extra() });
  return document;
}

interface SaleParts {
  readonly document: SeedDocument;
  readonly customer: SeedCustomer;
  readonly lines: readonly SaleLine[];
  readonly subtotal: number;
  readonly tax: number;
  readonly extra: DraftObject;
}

function saleBody({ document, customer, lines, subtotal, tax, extra }: SaleParts): DraftObject {
  return {
    DocNumber: document.docNumber,
    TxnDate: dateAfter(document.created),
    CurrencyRef: USD,
    Line: [
      ...lines.map((line, index) => itemLine(line, index + 1, customer.isTaxable)),
      { Amount: amount(subtotal), DetailType: "SubTotalLineDetail", SubTotalLineDetail: {} },
    ],
    TxnTaxDetail: tax === 0 ? { TotalTax: 0 } : { TxnTaxCodeRef: { value: "2" }, TotalTax: amount(tax) },
    CustomerRef: { value: customer.id, name: customer.name },
    TotalAmt: amount(document.total),
    ApplyTaxAfterDiscount: false,
    PrintStatus: "NotSet",
    ...extra,
  };
}

function itemLine({ item, quantity, cents }: SaleLine, number: number, isTaxable: boolean): DraftObject {
  return {
    Id: String(number),
    LineNum: number,
    Description: item.description,
    Amount: amount(cents),
    DetailType: "SalesItemLineDetail",
    SalesItemLineDetail: {
      ItemRef: refer(item),
      UnitPrice: new NumberText(String(item.price / 100)),
      Qty: new NumberText(String(quantity)),
      TaxCodeRef: { value: isTaxable ? "TAX" : "NON" },
    },
  };
}

/** Members that only one entity has. Random values are chosen now; values that depend on Ids are filled in later. */
function extraMembers(random: Random, document: SeedDocument, customer: SeedCustomer): () => DraftObject {
  const term = random.pick(["1", "3", "4"]);
  const days = { "1": 0, "3": 15, "4": 30 }[term] ?? 0;
  const email = { BillEmail: { Address: `contact${customer.id}@customer.example` } };
  const memo = { CustomerMemo: { value: "Thank you for choosing solid wood." } };
  if (document.entity === "Invoice") {
    const isSent = random.chance(0.6);
    return () => ({
      LinkedTxn: [],
      SalesTermRef: { value: term },
      DueDate: dateAfter(document.created, days),
      EmailStatus: isSent ? "EmailSent" : "NotSet",
      ...email,
      ...memo,
      Balance: amount(document.balance),
    });
  }
  if (document.entity === "Estimate") {
    return () => ({ ...memo, TxnStatus: "Accepted", ExpirationDate: dateAfter(document.created, 30) });
  }
  if (document.entity === "CreditMemo") {
    return () => ({ ...email, Balance: amount(document.balance), RemainingCredit: amount(document.balance) });
  }
  return () => ({
    PaymentMethodRef: { value: "3", name: "Visa" },
    DepositToAccountRef: { value: "5", name: "Undeposited Funds" },
    Balance: 0,
  });
}

function estimateFor(parts: SalesParts, customer: SeedCustomer, invoice: SeedDocument): SeedDocument {
  const earliest = Math.max(customer.created, invoice.created - 12 * DAY);
  const day = secondBetween(parts.random, earliest, Math.max(earliest, invoice.created - DAY));
  const estimate = saleDocument(parts, customer, "Estimate", day);
  if (parts.random.chance(0.5)) estimate.updated = invoice.created;
  return estimate;
}

/** A payment settles its invoice in the same second (QuickBooks API facts, 8.4). */
function paymentFor(
  { random }: SalesParts,
  customer: SeedCustomer,
  invoice: SeedDocument,
  paidAt: number,
): SeedDocument {
  const payment = newDocument("Payment", paidAt, invoice.total, customer.id);
  const settled = invoice.body;
  const reference = random.digits(5);
  invoice.balance = 0;
  invoice.updated = paidAt;
  invoice.body = () => ({ ...settled(), LinkedTxn: [{ TxnId: payment.id, TxnType: "Payment" }] });
  payment.body = () => ({
    CustomerRef: { value: customer.id, name: customer.name },
    DepositToAccountRef: { value: "1" },
    PaymentMethodRef: { value: "2" },
    PaymentRefNum: reference,
    TotalAmt: amount(payment.total),
    UnappliedAmt: 0,
    ProcessPayment: false,
    TxnDate: dateAfter(paidAt),
    CurrencyRef: USD,
    Line: [{ Amount: amount(payment.total), LinkedTxn: [{ TxnId: invoice.id, TxnType: "Invoice" }] }],
  });
  return payment;
}
