import type { EntityInfo } from "./entities.ts";

/** How values of a property are compared. `time` values are instants, `date` values plain dates in company time. */
export type PropertyType = "id" | "text" | "number" | "boolean" | "date" | "time" | "ref";

/** A property that statements can name. */
export interface Property {
  /** Canonical path, `MetaData.LastUpdatedTime`. */
  readonly name: string;
  /** The path of its value in a record. */
  readonly path: readonly string[];
  readonly type: PropertyType;
  readonly filterable: boolean;
  readonly sortable: boolean;
}

const EVERY =
  "Id:id:FS SyncToken:text MetaData:text MetaData.CreateTime:time:FS MetaData.LastUpdatedTime:time:FS";
const TIMES_UNSORTED = "Id:id:F MetaData:text MetaData.CreateTime:time:F MetaData.LastUpdatedTime:time:F";
const DOCUMENT =
  "TxnDate:date:FS DocNumber:text:FS TotalAmt:number:FS PrivateNote:text Line:text CurrencyRef:ref";
const SALE =
  "CustomerRef:ref:F ProjectRef:ref:F ClassRef:ref DepartmentRef:ref BillEmail:text CustomerMemo:text";
const PERSON =
  "DisplayName:text:FS GivenName:text:FS MiddleName:text:FS FamilyName:text:FS Title:text Suffix:text:FS " +
  "PrintOnCheckName:text:FS CompanyName:text:FS Active:boolean:FS PrimaryPhone:text PrimaryEmailAddr:text";
const TREE = "Name:text:FS FullyQualifiedName:text:FS Active:boolean:FS ParentRef:ref:F";

/**
 * `name:type:flags`. The flag F means filterable and S sortable. Without a flag, the property exists but is not
 * queryable (QuickBooks API facts, 7.3). If the facts give no flags (Customer, Vendor, Account), the common fields are
 * treated as filterable.
 */
const PROPERTIES: Readonly<Record<string, string>> = {
  Account: `${TREE} Description:text:FS Classification:text:FS AccountType:text:FS AccountSubType:text:FS SubAccount:boolean:FS CurrentBalance:number:FS AcctNum:text:FS CurrentBalanceWithSubAccounts:number`,
  Attachable:
    "FileName:text:FS Note:text:FS Category:text:FS ContentType:text:FS PlaceName:text:FS Long:text:FS Tag:text:FS Lat:text:FS Size:number:FS AttachableRef.EntityRef.value:text:F AttachableRef.EntityRef.Type:text:F",
  Bill: `${DOCUMENT} VendorRef:ref:FS APAccountRef:ref:FS SalesTermRef:ref:FS DueDate:date:FS Balance:number:F DepartmentRef:ref`,
  BillPayment: `${DOCUMENT} VendorRef:ref:FS APAccountRef:ref:FS CheckPayment:text:FS CreditCardPayment:text:FS PayType:text`,
  Budget: "Name:text:FS BudgetType:text:FS Active:boolean:F StartDate:date EndDate:date BudgetDetail:text",
  Class: TREE,
  CompanyCurrency: "Active:boolean:FS Code:text:FS Name:text:FS",
  CompanyInfo: "CompanyName:text:F LegalName:text Country:text",
  CreditCardPayment:
    "TxnDate:date:FS VendorRef:ref:F Amount:number BankAccountRef:ref CreditCardAccountRef:ref",
  CreditMemo: `${DOCUMENT} ${SALE} Balance:number:FS SalesTermRef:ref:F`,
  Customer: `${PERSON} FullyQualifiedName:text:FS Balance:number:FS Job:boolean:F Taxable:boolean:F ParentRef:ref:F IsProject:boolean CustomerTypeRef:ref Notes:text BillAddr:text ShipAddr:text`,
  CustomerType: "Active:boolean:FS Name:text:FS",
  Department: TREE,
  Deposit: `${DOCUMENT} DepositToAccountRef:ref:F`,
  Employee: `${PERSON} BillableTime:boolean HiredDate:date ReleasedDate:date PrimaryAddr:text`,
  Estimate: `${DOCUMENT} ${SALE} DueDate:date:FS ExpirationDate:date TxnStatus:text`,
  ExchangeRate: "AsOfDate:date:F SourceCurrencyCode:text:F TargetCurrencyCode:text Rate:number",
  Invoice: `${DOCUMENT} ${SALE} DueDate:date:FS Balance:number:FS SalesTermRef:ref:F LinkedTxn:text EmailStatus:text`,
  Item: "Name:text:FS Type:text:FS UnitPrice:number:S PurchaseCost:number:S Taxable:boolean:F Active:boolean:F FullyQualifiedName:text:F SubItem:boolean:F Sku:text:F ParentRef:ref:F QtyOnHand:number Description:text IncomeAccountRef:ref ExpenseAccountRef:ref",
  JournalCode: "Name:text:F Active:boolean:F Type:text Description:text",
  JournalEntry: `${DOCUMENT} Adjustment:boolean`,
  Payment: `TxnDate:date:FS TotalAmt:number:F CustomerRef:ref:F PaymentMethodRef:ref:F PaymentRefNum:text:F UnappliedAmt:number DepositToAccountRef:ref Line:text CurrencyRef:ref`,
  PaymentMethod: "Active:boolean:FS Name:text:FS Type:text",
  Preferences: "",
  Purchase: `${DOCUMENT} PaymentType:text:FS AccountRef:ref:F EntityRef:ref Credit:boolean DepartmentRef:ref`,
  PurchaseOrder: `${DOCUMENT} VendorRef:ref:F DueDate:date:FS POStatus:text`,
  RecurringTransaction: "RecurDataRef:ref:FS Type:text:F RecurringInfo:text TotalAmt:number",
  RefundReceipt: `${DOCUMENT} ${SALE} Balance:number DepositToAccountRef:ref`,
  ReimburseCharge: "CustomerRef:ref:F HasBeenInvoiced:boolean:F TxnDate:date Amount:number",
  SalesReceipt: `${DOCUMENT} ${SALE} Balance:number DepositToAccountRef:ref PaymentMethodRef:ref`,
  TaxAgency: "DisplayName:text:S TaxTrackedOnSales:boolean TaxTrackedOnPurchases:boolean",
  TaxCode: "Name:text:FS Description:text:FS Active:boolean:F Taxable:boolean TaxGroup:boolean",
  TaxPayment: "PaymentDate:date PaymentAmount:number Refund:boolean Description:text",
  TaxRate:
    "Name:text:FS AgencyRef:ref:FS TaxReturnLineRef:ref:FS Active:boolean:FS Description:text:FS RateValue:number",
  Term: "Name:text:FS Active:boolean:FS DueDays:number Type:text",
  TimeActivity:
    "TxnDate:date:FS ProjectRef:ref:F BillableStatus:text:F CustomerRef:ref EmployeeRef:ref VendorRef:ref NameOf:text Hours:number Minutes:number",
  Transfer: "TxnDate:date:FS Amount:number FromAccountRef:ref ToAccountRef:ref PrivateNote:text",
  Vendor: `${PERSON} Balance:number:FS Vendor1099:boolean AcctNum:text TermRef:ref BillAddr:text`,
  VendorCredit: `${DOCUMENT} VendorRef:ref:F APAccountRef:ref:FS Balance:number:S`,
};

const TABLES = new Map<string, ReadonlyMap<string, Property>>();

/** The property of an entity with a name, in upper or lower case, or undefined. */
export function findProperty(entity: EntityInfo, name: string): Property | undefined {
  let table = TABLES.get(entity.name);
  if (!table) {
    table = readTable(entity);
    TABLES.set(entity.name, table);
  }
  const lower = name.toLowerCase();
  return table.get(lower) ?? table.get(lower.replace(/ref\.value$/, "ref"));
}

function readTable(entity: EntityInfo): ReadonlyMap<string, Property> {
  const every = entity.name === "RecurringTransaction" ? TIMES_UNSORTED : EVERY;
  const table = new Map<string, Property>();
  for (const line of `${every} ${PROPERTIES[entity.name] ?? ""}`.split(" ")) {
    const [name, type, flags = ""] = line.split(":");
    if (!name) continue;
    const path = name.split(".");
    if (type === "ref") path.push("value");
    table.set(name.toLowerCase(), {
      name,
      path,
      type: readType(type),
      filterable: flags.includes("F"),
      sortable: flags.includes("S"),
    });
  }
  return table;
}

const TYPES: readonly PropertyType[] = ["id", "text", "number", "boolean", "date", "time", "ref"];

function readType(text: string | undefined): PropertyType {
  return TYPES.find((type) => type === text) ?? "text";
}
