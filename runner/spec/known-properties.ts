// The properties by which each entity can be filtered or sorted, as documented (QuickBooks API facts, 7.3). For Customer,
// Vendor and Account nothing is documented, so these are the properties that clients use.

/** The properties of every entity. */
const EVERY = "Id MetaData MetaData.CreateTime MetaData.LastUpdatedTime";
const PERSON =
  "DisplayName GivenName MiddleName FamilyName Suffix Title CompanyName PrintOnCheckName FullyQualifiedName Active";
const TREE = "Name FullyQualifiedName Active ParentRef";

const DOCUMENTED: Readonly<Record<string, string>> = {
  Account: `${TREE} Description Classification AccountType AccountSubType SubAccount CurrentBalance AcctNum`,
  Attachable:
    "FileName Note Category ContentType PlaceName Long Tag Lat Size AttachableRef.EntityRef.value AttachableRef.EntityRef.Type",
  Bill: "VendorRef TxnDate APAccountRef SalesTermRef TotalAmt DueDate DocNumber Balance",
  BillPayment: "VendorRef TotalAmt DocNumber TxnDate APAccountRef CheckPayment CreditCardPayment",
  Budget: "Name BudgetType Active",
  Class: TREE,
  CompanyCurrency: "Active Code Name",
  CreditCardPayment: "TxnDate VendorRef",
  CreditMemo: "TxnDate DocNumber TotalAmt Balance CustomerRef ProjectRef SalesTermRef",
  Customer: `${PERSON} Balance Job Taxable ParentRef IsProject`,
  CustomerType: "Active Name",
  Department: TREE,
  Employee: PERSON,
  Estimate: "TxnDate DueDate DocNumber TotalAmt CustomerRef ProjectRef",
  ExchangeRate: "AsOfDate SourceCurrencyCode",
  Invoice: "DocNumber TxnDate DueDate TotalAmt Balance CustomerRef ProjectRef SalesTermRef",
  Item: "Name Type UnitPrice PurchaseCost Taxable Active FullyQualifiedName SubItem Sku ParentRef",
  JournalEntry: "DocNumber TxnDate TotalAmt",
  Payment: "TxnDate TotalAmt CustomerRef PaymentMethodRef PaymentRefNum",
  PaymentMethod: "Active Name Type",
  PurchaseOrder: "TxnDate DueDate DocNumber TotalAmt VendorRef",
  RecurringTransaction: "RecurDataRef Type",
  ReimburseCharge: "CustomerRef HasBeenInvoiced",
  TaxAgency: "DisplayName",
  TaxCode: "Name Description Active",
  TaxRate: "Name AgencyRef TaxReturnLineRef Active Description",
  Term: "Name Active",
  TimeActivity: "TxnDate ProjectRef BillableStatus",
  Vendor: `${PERSON} Balance Vendor1099 AcctNum`,
  VendorCredit: "DocNumber APAccountRef TxnDate TotalAmt Balance VendorRef",
};

/** The known properties of an entity; undefined if nothing is documented. */
export function knownProperties(entity: string): readonly string[] | undefined {
  const own = DOCUMENTED[entity];
  return own === undefined ? undefined : `${EVERY} ${own}`.split(" ");
}
