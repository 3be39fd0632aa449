import { amount, type DraftObject, NumberText } from "../../number-text.ts";
import { formatPacificSeconds, pacificDate } from "../../pacific-time.ts";
import { BOOKS_END, BOOKS_OPEN, DAY } from "./calendar.ts";
import { identityMembers, USD } from "./list-record.ts";
import type { Random } from "./random.ts";

/** The small lists, by entity: terms, classes, taxes, currencies and the like. */
export function seedLists(random: Random): Readonly<Record<string, DraftObject[]>> {
  return {
    Term: terms(random),
    PaymentMethod: paymentMethods(random),
    Class: tree(random, "5000000000000085", ["Retail", "Trade", "Trade:Hotels", "Trade:Restaurants", "Restoration"]),
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

/** Identity of a list record made in the first weeks and sometimes edited in January 2026. */
function identity(random: Random, id: string): DraftObject {
  const created = BOOKS_OPEN + random.whole(0, 20 * 3600) * 1000;
  const january = Date.UTC(2026, 0, random.whole(5, 28), random.whole(16, 23), random.whole(0, 59));
  const updated = random.chance(0.4) ? january : created;
  return identityMembers({ id, created, updated, syncToken: updated === created ? 0 : 1 });
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
    ...identity(random, String(index + 1)),
  }));
}

function paymentMethods(random: Random): DraftObject[] {
  const methods = ["Cash", "Check", "Visa", "MasterCard", "Bank transfer", "American Express (deleted)"];
  return methods.map((name, index) => ({
    Name: name,
    Active: !name.endsWith("(deleted)"),
    Type: index === 2 || index === 3 || index === 5 ? "CREDIT_CARD" : "NON_CREDIT_CARD",
    ...identity(random, String(index + 1)),
  }));
}

/** Names with colons are children; Ids are the prefix and three digits, up to nineteen in all. */
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
      ...identity(random, idOf(index)),
    };
  });
}

function named(random: Random, prefix: string, names: readonly string[]): DraftObject[] {
  return names.map((name, index) => ({ Name: name, Active: true, ...identity(random, `${prefix}${1740 + index}`.slice(0, 19)) }));
}

function taxAgencies(random: Random): DraftObject[] {
  return ["Washington Department of Revenue", "City of Olympia"].map((name, index) => ({
    DisplayName: name,
    TaxTrackedOnSales: true,
    TaxTrackedOnPurchases: false,
    ...identity(random, String(index + 1)),
  }));
}

function taxRates(random: Random): DraftObject[] {
  const rates = ["Washington State|6.5|1", "Olympia Local|3|2", "Out of State|0|1"];
  return rates.map((line, index) => {
    const [name, rate = "0", agency = "1"] = line.split("|");
    return {
      Name: name,
      Description: `Sales tax, ${name}`,
      Active: true,
      RateValue: new NumberText(rate),
      AgencyRef: { value: agency },
      SpecialTaxType: "NONE",
      DisplayType: "ReadOnly",
      EffectiveTaxRate: [{ RateValue: new NumberText(rate), EffectiveDate: "2025-06-01T00:00:00-07:00" }],
      ...identity(random, String(index + 1)),
    };
  });
}

/** Word Ids for the three fixed codes (QuickBooks API facts, 3.9). */
function taxCodes(random: Random): DraftObject[] {
  const codes = ["TAX|TAX|true", "NON|NON|false", "CustomSalesTax|CustomSalesTax|true", "2|Olympia|true", "3|Out of State|true"];
  return codes.map((line) => {
    const [id = "", name = "", taxable] = line.split("|");
    const isGroup = /^\d+$/.test(id);
    const rates = name === "Olympia" ? ["1", "2"] : ["3"];
    const details = rates.map((value, index) => ({ TaxRateRef: { value }, TaxTypeApplicable: "TaxOnAmount", TaxOrder: index }));
    return {
      Name: name,
      Description: isGroup ? `Sales tax ${name}` : name,
      Active: true,
      Taxable: taxable === "true",
      TaxGroup: isGroup,
      SalesTaxRateList: isGroup ? { TaxRateDetail: details } : undefined,
      PurchaseTaxRateList: isGroup ? { TaxRateDetail: [] } : undefined,
      ...identity(random, id),
    };
  });
}

function currencies(random: Random): DraftObject[] {
  const names = ["EUR|Euro", "GBP|British Pound Sterling", "SEK|Swedish Krona"];
  return names.map((line, index) => {
    const [code, name] = line.split("|");
    return { Code: code, Name: name, Active: true, ...identity(random, String(index + 1)) };
  });
}

/** One rate a week and currency; no Id and no CreateTime (QuickBooks API facts, 7.4). */
function exchangeRates(random: Random): DraftObject[] {
  const rates: DraftObject[] = [];
  for (let day = BOOKS_OPEN; day < BOOKS_END; day += 14 * DAY) {
    for (const [source, base] of [["EUR", 1_080_000], ["GBP", 1_270_000], ["SEK", 95_000]] as const) {
      const millionths = base + random.whole(-20_000, 20_000);
      rates.push({
        SyncToken: "0",
        domain: "QBO",
        AsOfDate: pacificDate(day),
        SourceCurrencyCode: source,
        TargetCurrencyCode: USD.value,
        Rate: new NumberText((millionths / 1_000_000).toFixed(6).replace(/0+$/, "")),
        sparse: false,
        MetaData: { LastUpdatedTime: formatPacificSeconds(day + random.whole(0, 3600) * 1000) },
      });
    }
  }
  return rates;
}

function journalCodes(random: Random): DraftObject[] {
  return ["VT|Ventes|Sales", "AC|Achats|Expenses"].map((line, index) => {
    const [name, description, type] = line.split("|");
    return { Name: name, Description: description, Type: type, Active: true, ...identity(random, String(index + 1)) };
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
    ...identity(random, String(index + 1)),
  }));
}
