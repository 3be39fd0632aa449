import { accountDrafts, seedAccounts } from "./seed/accounts.ts";
import { seedBookkeeping } from "./seed/bookkeeping.ts";
import { customerDraft, type SeedCustomer, seedCustomers } from "./seed/customers.ts";
import { documentDraft, numberDocuments, openBalance, type SeedDocument } from "./seed/document.ts";
import { seedItems } from "./seed/items.ts";
import { insertDrafts } from "./seed/list-record.ts";
import { seedLists } from "./seed/lists.ts";
import { attachableDrafts, recurringDrafts } from "./seed/odd-shapes.ts";
import { seedPurchases } from "./seed/purchases.ts";
import { Random } from "./seed/random.ts";
import { seedSales } from "./seed/sales.ts";
import { companyInfoDraft, preferencesDraft } from "./seed/singletons.ts";
import { employeeDraft, seedEmployees, seedVendors, vendorDraft } from "./seed/vendors.ts";
import type { Company } from "./store.ts";

/**
 * Fills a company with the books of an invented joinery, from June 2025 to February 2026. The same seed produces the
 * same records. Another seed produces other amounts and dates for the same people and lists.
 */
export function seedCompany(company: Company, seed: number): void {
  const random = new Random(seed);
  const customers = seedCustomers(random);
  const vendors = seedVendors(random);
  const employees = seedEmployees(random);
  const accounts = seedAccounts();
  const { items, drafts: itemDrafts } = seedItems(random, accounts);
  const sales = seedSales({ random, customers, items });
  const purchases = seedPurchases({ random, vendors, accounts });
  const documents = [...sales, ...purchases, ...seedBookkeeping({ random, customers, vendors, employees })];
  numberDocuments(documents);

  const open = { receivable: openBalance(sales), payable: openBalance(purchases) };
  insertDrafts(company, "Account", accountDrafts(random, accounts, open));
  insertDrafts(company, "Item", itemDrafts);
  insertCustomers(company, random, customers, sales);
  const vendorDrafts = vendors.map((vendor) =>
    vendorDraft(random, vendor, openBalance(purchases, vendor.id)),
  );
  insertDrafts(company, "Vendor", vendorDrafts);
  const employeeDrafts = employees.map((employee) => employeeDraft(random, employee));
  insertDrafts(company, "Employee", employeeDrafts);
  for (const [entity, drafts] of Object.entries(seedLists(random))) insertDrafts(company, entity, drafts);
  insertDocuments(company, documents);
  insertDrafts(company, "RecurringTransaction", recurringDrafts(random, documents));
  insertDrafts(company, "Attachable", attachableDrafts(random, documents));
  insertDrafts(company, "CompanyInfo", [companyInfoDraft()]);
  insertDrafts(company, "Preferences", [preferencesDraft()]);
}

/** BalanceWithJobs includes what the jobs of a customer owe. */
function insertCustomers(
  company: Company,
  random: Random,
  customers: readonly SeedCustomer[],
  sales: readonly SeedDocument[],
): void {
  const drafts = customers.map((customer) => {
    const own = openBalance(sales, customer.id);
    let withJobs = own;
    for (const job of customers) if (job.parent === customer) withJobs += openBalance(sales, job.id);
    return customerDraft(random, customer, own, withJobs);
  });
  insertDrafts(company, "Customer", drafts);
}

function insertDocuments(company: Company, documents: readonly SeedDocument[]): void {
  const entities = new Set(documents.map((document) => document.entity));
  for (const entity of entities) {
    const own = documents.filter((document) => document.entity === entity);
    insertDrafts(company, entity, own.map(documentDraft));
  }
}
