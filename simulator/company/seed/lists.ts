import { amount, type DraftObject } from "../../number-text.ts";
import { currencies, exchangeRates } from "./currencies.ts";
import { listIdentity } from "./list-identity.ts";
import type { Random } from "./random.ts";
import { taxAgencies, taxCodes, taxRates } from "./taxes.ts";

/** The small lists by entity: terms, classes, taxes, currencies and so on. */
export function seedLists(random: Random): Readonly<Record<string, DraftObject[]>> {
  return {
    Term: terms(random),
    PaymentMethod: paymentMethods(random),
    Class: tree(random, "5000000000000085", [
      "Retail",
      "Trade",
      "Trade:Hotels",
      "Trade:Restaurants",
      "Restoration",
    ]),
    Department: tree(random, "", ["Workshop", "Showroom", "Showroom:Seattle Pop-up"]),
    CustomerType: named(random, "100000000004062", ["Private", "Trade", "Public Sector", "Non-profit"]),
    TaxAgency: taxAgencies(random),
    TaxRate: taxRates(random),
    TaxCode: taxCodes(random),
    CompanyCurrency: currencies(random),
    ExchangeRate: exchangeRates(random),
    JournalCode: journalCodes(random),
    Budget: budgets(random),
  };
}

function terms(random: Random): DraftObject[] {
  const days = [0, 10, 15, 30, 60];
  return days.map((due, index) => ({
    Name: due === 0 ? "Due on receipt" : `Net ${due}${due === 10 ? " (deleted)" : ""}`,
    Active: due !== 10,
    Type: "STANDARD",
    DiscountPercent: 0,
    DueDays: due,
    DiscountDays: 0,
    ...listIdentity(random, String(index + 1)),
  }));
}

function paymentMethods(random: Random): DraftObject[] {
  const methods = ["Cash", "Check", "Visa", "MasterCard", "Bank transfer", "American Express (deleted)"];
  return methods.map((name, index) => ({
    Name: name,
    Active: !name.endsWith("(deleted)"),
    Type: index === 2 || index === 3 || index === 5 ? "CREDIT_CARD" : "NON_CREDIT_CARD",
    ...listIdentity(random, String(index + 1)),
  }));
}

/** Names with colons are children. An Id is the prefix and three digits, with at most nineteen digits in total. */
function tree(random: Random, prefix: string, names: readonly string[]): DraftObject[] {
  const idOf = (index: number) => (prefix === "" ? String(index + 1) : `${prefix}${index + 682}`);
  return names.map((fullName, index) => {
    const parent = names.findIndex((name) => fullName.startsWith(`${name}:`));
    return {
      Name: fullName.split(":").at(-1),
      [prefix === "" ? "SubDepartment" : "SubClass"]: parent >= 0,
      ParentRef: parent >= 0 ? { value: idOf(parent) } : undefined,
      FullyQualifiedName: fullName,
      Active: true,
      ...listIdentity(random, idOf(index)),
    };
  });
}

function named(random: Random, prefix: string, names: readonly string[]): DraftObject[] {
  return names.map((name, index) => ({
    Name: name,
    Active: true,
    ...listIdentity(random, `${prefix}${1740 + index}`.slice(0, 19)),
  }));
}

function journalCodes(random: Random): DraftObject[] {
  return ["VT|Ventes|Sales", "AC|Achats|Expenses"].map((line, index) => {
    const [name, description, type] = line.split("|");
    return {
      Name: name,
      Description: description,
      Type: type,
      Active: true,
      ...listIdentity(random, String(index + 1)),
    };
  });
}

function budgets(random: Random): DraftObject[] {
  return [2025, 2026].map((year, index) => ({
    Name: `Budget ${year}`,
    StartDate: `${year}-01-01`,
    EndDate: `${year}-12-31`,
    BudgetType: "ProfitAndLoss",
    BudgetEntryType: "Monthly",
    Active: true,
    BudgetDetail: Array.from({ length: 24 }, (_, month) => ({
      BudgetDate: `${year}-${String((month % 12) + 1).padStart(2, "0")}-01`,
      Amount: amount(random.whole(8, 40) * 25_000),
      AccountRef: month < 12 ? { value: "35", name: "Furniture Income" } : { value: "53", name: "Rent" },
    })),
    ...listIdentity(random, String(index + 1)),
  }));
}
