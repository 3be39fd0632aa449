import { amount, type DraftObject } from "../../number-text.ts";
import { BOOKS_OPEN, DAY, officeHour } from "./calendar.ts";
import { identityMembers, USD } from "./list-record.ts";
import type { Random } from "./random.ts";

/** An account of the seeded chart. */
export interface SeedAccount {
  readonly id: string;
  readonly name: string;
  /** The name with those of its parents, separated by colons. */
  readonly fullName: string;
  readonly type: string;
  readonly subType: string;
  readonly classification: string;
  /** The opening balance in cents. */
  readonly cents: number;
}

/** `Full name|AccountType|AccountSubType|Classification|balance in dollars`, with parents before their children. */
const CHART = `
Checking|Bank|Checking|Asset|48210.36
Savings|Bank|Savings|Asset|25000.00
Petty Cash|Bank|CashOnHand|Asset|312.40
Accounts Receivable (A/R)|Accounts Receivable|AccountsReceivable|Asset|0
Undeposited Funds|Other Current Asset|UndepositedFunds|Asset|1840.00
Inventory Asset|Other Current Asset|Inventory|Asset|15980.75
Prepaid Insurance|Other Current Asset|PrepaidExpenses|Asset|1200.00
Employee Advances|Other Current Asset|EmployeeCashAdvances|Asset|0
Work in Progress|Other Current Asset|OtherCurrentAssets|Asset|6410.20
Van|Fixed Asset|Vehicles|Asset|0
Van:Original Cost|Fixed Asset|Vehicles|Asset|32500.00
Van:Depreciation|Fixed Asset|AccumulatedDepreciation|Asset|-8125.00
Workshop Machines|Fixed Asset|MachineryAndEquipment|Asset|0
Workshop Machines:Original Cost|Fixed Asset|MachineryAndEquipment|Asset|41800.00
Workshop Machines:Depreciation|Fixed Asset|AccumulatedDepreciation|Asset|-10450.00
Security Deposit|Other Asset|SecurityDeposits|Asset|3600.00
Accounts Payable (A/P)|Accounts Payable|AccountsPayable|Liability|0
Harbor Visa|Credit Card|CreditCard|Liability|1287.55
Timber Yard Card|Credit Card|CreditCard|Liability|640.00
Department of Revenue Payable|Other Current Liability|GlobalTaxPayable|Liability|2210.94
Payroll Liabilities|Other Current Liability|PayrollTaxPayable|Liability|3105.18
Payroll Liabilities:Federal Taxes|Other Current Liability|PayrollTaxPayable|Liability|2204.10
Payroll Liabilities:State Taxes|Other Current Liability|PayrollTaxPayable|Liability|901.08
Customer Deposits|Other Current Liability|OtherCurrentLiabilities|Liability|4500.00
Gift Cards|Other Current Liability|OtherCurrentLiabilities|Liability|275.00
Machine Loan|Long Term Liability|NotesPayable|Liability|18600.00
Owner Capital|Equity|OwnersEquity|Equity|40000.00
Owner Draws|Equity|OwnersEquity|Equity|-12000.00
Opening Balance Equity|Equity|OpeningBalanceEquity|Equity|0
Retained Earnings|Equity|RetainedEarnings|Equity|21764.33
Joinery Income|Income|SalesOfProductIncome|Revenue|0
Joinery Income:Doors|Income|SalesOfProductIncome|Revenue|0
Joinery Income:Windows|Income|SalesOfProductIncome|Revenue|0
Joinery Income:Staircases|Income|SalesOfProductIncome|Revenue|0
Furniture Income|Income|SalesOfProductIncome|Revenue|0
Repair Income|Income|ServiceFeeIncome|Revenue|0
Design Income|Income|ServiceFeeIncome|Revenue|0
Delivery Income|Income|ServiceFeeIncome|Revenue|0
Sales Discounts|Income|DiscountsRefundsGiven|Revenue|0
Interest Earned|Other Income|InterestEarned|Revenue|0
Cost of Goods Sold|Cost of Goods Sold|SuppliesMaterialsCogs|Expense|0
Cost of Goods Sold:Timber|Cost of Goods Sold|SuppliesMaterialsCogs|Expense|0
Cost of Goods Sold:Hardware|Cost of Goods Sold|SuppliesMaterialsCogs|Expense|0
Cost of Goods Sold:Subcontractors|Cost of Goods Sold|CostOfLaborCos|Expense|0
Advertising|Expense|AdvertisingPromotional|Expense|0
Bank Charges|Expense|BankCharges|Expense|0
Depreciation|Other Expense|Depreciation|Expense|0
Insurance|Expense|Insurance|Expense|0
Insurance:Workers Compensation|Expense|Insurance|Expense|0
Office Supplies|Expense|OfficeGeneralAdministrativeExpenses|Expense|0
Professional Fees|Expense|LegalProfessionalFees|Expense|0
Professional Fees:Bookkeeping|Expense|LegalProfessionalFees|Expense|0
Rent|Expense|RentOrLeaseOfBuildings|Expense|0
Safety & Training|Expense|OtherMiscellaneousServiceCost|Expense|0
Tools & Blades|Expense|SuppliesMaterials|Expense|0
Utilities|Expense|Utilities|Expense|0
Utilities:Electricity|Expense|Utilities|Expense|0
Utilities:Phone & Internet|Expense|Utilities|Expense|0
Van Running Costs|Expense|Auto|Expense|0
Van Running Costs:Fuel|Expense|Auto|Expense|0
Wages|Expense|PayrollExpenses|Expense|0
Café & Client Lunches|Expense|EntertainmentMeals|Expense|0
`;

/** The numbers of the accounts that were edited in January 2026, and of those that were made inactive. */
const EDITED_IN_JANUARY = new Set([1, 6, 12, 18, 20, 24, 31, 37, 45, 52, 58]);
const INACTIVE = new Set([25, 54]);

/** The balances, in cents, of the accounts whose balance follows from documents. */
export interface OpenBalances {
  readonly receivable: number;
  readonly payable: number;
}

/** The chart of about sixty accounts. */
export function seedAccounts(): SeedAccount[] {
  return CHART.trim()
    .split("\n")
    .map((line, index) => {
      const [fullName = "", type = "", subType = "", classification = "", dollars = "0"] = line.split("|");
      const name = fullName.split(":").at(-1) ?? fullName;
      const cents = Math.round(Number(dollars) * 100);
      return { id: String(index + 1), name, fullName, type, subType, classification, cents };
    });
}

/** The records of the accounts. */
export function accountDrafts(
  random: Random,
  accounts: readonly SeedAccount[],
  open: OpenBalances,
): DraftObject[] {
  return accounts.map((account, index) => {
    const parent = accounts.find(({ fullName }) => account.fullName.startsWith(`${fullName}:`));
    return {
      ...accountNames(account, parent, INACTIVE.has(index + 1)),
      Classification: account.classification,
      AccountType: account.type,
      AccountSubType: account.subType,
      AcctNum: String(1000 + index * 10),
      ...balances(account, open),
      CurrencyRef: USD,
      ...identityMembers({ id: account.id, ...times(random, index + 1) }),
    };
  });
}

function accountNames(
  account: SeedAccount,
  parent: SeedAccount | undefined,
  isInactive: boolean,
): DraftObject {
  const suffix = isInactive ? " (deleted)" : "";
  return {
    Name: `${account.name}${suffix}`,
    SubAccount: parent !== undefined,
    ParentRef: parent && { value: parent.id },
    FullyQualifiedName: `${account.fullName}${suffix}`,
    Active: !isInactive,
  };
}

function balances(account: SeedAccount, open: OpenBalances): DraftObject {
  const own =
    account.type === "Accounts Receivable"
      ? open.receivable
      : account.type === "Accounts Payable"
        ? -open.payable
        : account.cents;
  return { CurrentBalance: amount(own), CurrentBalanceWithSubAccounts: amount(own) };
}

function times(random: Random, number: number): { created: number; updated: number; syncToken: number } {
  const created = BOOKS_OPEN + random.whole(0, 7200) * 1000;
  if (EDITED_IN_JANUARY.has(number)) {
    const day = String(random.whole(5, 29)).padStart(2, "0");
    return { created, updated: officeHour(random, `2026-01-${day}`), syncToken: random.whole(1, 4) };
  }
  const updated = created + random.whole(0, 180) * DAY + random.whole(0, 3600) * 1000;
  return { created, updated, syncToken: INACTIVE.has(number) ? 1 : 0 };
}
