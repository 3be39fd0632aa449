/** The reference company: 28 entities, with 131,900 records spread evenly over three years. */
export const LARGE: Readonly<Record<string, number>> = {
  Invoice: 50_000,
  Payment: 40_000,
  Bill: 20_000,
  JournalEntry: 10_000,
  Customer: 5000,
};

const SMALL = [
  "Account",
  "BillPayment",
  "Budget",
  "Class",
  "CompanyCurrency",
  "CreditMemo",
  "CustomerType",
  "Department",
  "Deposit",
  "Employee",
  "Estimate",
  "Item",
  "PaymentMethod",
  "Purchase",
  "PurchaseOrder",
  "RefundReceipt",
  "SalesReceipt",
  "TaxRate",
  "Term",
  "TimeActivity",
  "Transfer",
  "Vendor",
  "VendorCredit",
];

export const ROWS: Readonly<Record<string, number>> = {
  ...LARGE,
  ...Object.fromEntries(SMALL.map((entity) => [entity, 300])),
};

export const TOTAL_ROWS = Object.values(ROWS).reduce((sum, rows) => sum + rows, 0);

/** The minimum: full pages, and one count for each entity. */
export const FEWEST_CALLS = Object.values(ROWS).reduce((sum, rows) => sum + Math.ceil(rows / 1000) + 1, 0);
