/** What is known about an entity, so that its spec need not say it (QuickBooks API facts, 3.7 and 7.2). */
export interface KnownEntity {
  /** Whether the entity has an Active flag. If it has, a query without a condition on it returns only active records. */
  readonly hasActive: boolean;
  /** Whether some of its records have no Active flag, so that a condition on the flag may lose them (QuickBooks API facts,
   * 13.4). */
  readonly lacksActive?: boolean;
  /** Whether the API can order it by time. */
  readonly isSortable: boolean;
}

const WITH_ACTIVE = [
  "Account",
  "Budget",
  "Class",
  "CompanyCurrency",
  "Customer",
  "CustomerType",
  "Department",
  "Employee",
  "Item",
  "JournalCode",
  "PaymentMethod",
  "TaxCode",
  "TaxRate",
  "Term",
  "Vendor",
];

const WITHOUT_ACTIVE = [
  "Attachable",
  "Bill",
  "BillPayment",
  "CompanyInfo",
  "CreditCardPayment",
  "CreditMemo",
  "Deposit",
  "Estimate",
  "ExchangeRate",
  "Invoice",
  "JournalEntry",
  "Payment",
  "Preferences",
  "Purchase",
  "PurchaseOrder",
  "RecurringTransaction",
  "RefundReceipt",
  "ReimburseCharge",
  "SalesReceipt",
  "TaxAgency",
  "TaxPayment",
  "TimeActivity",
  "Transfer",
  "VendorCredit",
];

const UNSORTABLE = new Set(["RecurringTransaction"]);

const PARTLY_ACTIVE = new Set(["TaxCode"]);

const KNOWN: readonly (readonly [string, KnownEntity])[] = [
  ...WITH_ACTIVE.map(
    (name) => [name, { hasActive: true, isSortable: true, lacksActive: PARTLY_ACTIVE.has(name) }] as const,
  ),
  ...WITHOUT_ACTIVE.map((name) => [name, { hasActive: false, isSortable: !UNSORTABLE.has(name) }] as const),
];

/** Every entity that the query endpoint supports, by its name in the API. */
export const KNOWN_ENTITIES: ReadonlyMap<string, KnownEntity> = new Map(KNOWN);
