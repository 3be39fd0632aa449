/** How an entity behaves in queries (QuickBooks API facts, 3.6 to 3.8 and 7.2). */
export interface EntityInfo {
  /** Canonical name, as in statements. */
  readonly name: string;
  /** The key of the rows in an answer. It differs from the name only for CreditCardPayment. */
  readonly answerKey: string;
  readonly kind: "transaction" | "name-list" | "singleton" | "other";
  /** Whether inactive records are hidden unless the statement mentions Active. */
  readonly active: boolean;
  /** Whether answers contain totalCount. */
  readonly totalCount: boolean;
  readonly defaultOrder: "time" | "full-name" | "display-name-binary" | "name" | "tax-code";
  /** Whether change data capture accepts the entity (QuickBooks API facts, 6). */
  readonly changeDataCapture: boolean;
}

type Kind = EntityInfo["kind"];
type Flag = "active" | "totalCount" | "noCdc" | EntityInfo["defaultOrder"];

function entity(name: string, kind: Kind, ...flags: Flag[]): EntityInfo {
  const order = flags.find((flag) => flag !== "active" && flag !== "totalCount" && flag !== "noCdc");
  return {
    name,
    answerKey: name === "CreditCardPayment" ? "CreditCardPaymentTxn" : name,
    kind,
    active: flags.includes("active"),
    totalCount: flags.includes("totalCount"),
    defaultOrder: order ?? (kind === "name-list" ? "name" : "time"),
    changeDataCapture: !flags.includes("noCdc"),
  };
}

/** Every queryable entity. InventoryAdjustment, TaxService and reports are not included (QuickBooks API facts, 7.2). */
export const ENTITIES: readonly EntityInfo[] = [
  entity("Account", "name-list", "active", "full-name"),
  entity("Attachable", "other"),
  entity("Bill", "transaction", "totalCount"),
  entity("BillPayment", "transaction", "totalCount"),
  entity("Budget", "name-list", "active", "totalCount"),
  entity("Class", "name-list", "active", "full-name", "totalCount"),
  entity("CompanyCurrency", "name-list", "active"),
  entity("CompanyInfo", "singleton"),
  entity("CreditCardPayment", "transaction"),
  entity("CreditMemo", "transaction"),
  entity("Customer", "name-list", "active", "full-name"),
  entity("CustomerType", "name-list", "active", "totalCount"),
  entity("Department", "name-list", "active", "full-name"),
  entity("Deposit", "transaction"),
  entity("Employee", "name-list", "active", "display-name-binary"),
  entity("Estimate", "transaction"),
  entity("ExchangeRate", "other", "totalCount"),
  entity("Invoice", "transaction", "totalCount"),
  entity("Item", "name-list", "active", "full-name"),
  entity("JournalCode", "name-list", "active", "totalCount", "noCdc"),
  entity("JournalEntry", "transaction"),
  entity("Payment", "transaction"),
  entity("PaymentMethod", "name-list", "active"),
  entity("Preferences", "singleton"),
  entity("Purchase", "transaction"),
  entity("PurchaseOrder", "transaction"),
  entity("RecurringTransaction", "other"),
  entity("RefundReceipt", "transaction"),
  entity("ReimburseCharge", "transaction"),
  entity("SalesReceipt", "transaction"),
  entity("TaxAgency", "name-list", "noCdc"),
  entity("TaxCode", "name-list", "active", "totalCount", "tax-code", "noCdc"),
  entity("TaxPayment", "transaction"),
  entity("TaxRate", "name-list", "active", "totalCount", "noCdc"),
  entity("Term", "name-list", "active"),
  entity("TimeActivity", "transaction", "noCdc"),
  entity("Transfer", "transaction"),
  entity("Vendor", "name-list", "active", "display-name-binary"),
  entity("VendorCredit", "transaction"),
];

const BY_NAME = new Map<string, EntityInfo>();
for (const info of ENTITIES) {
  BY_NAME.set(info.name.toLowerCase(), info);
  BY_NAME.set(info.answerKey.toLowerCase(), info);
}

/** The entity with a name, in upper or lower case, or undefined. */
export function findEntity(name: string): EntityInfo | undefined {
  return BY_NAME.get(name.toLowerCase());
}
