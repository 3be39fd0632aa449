import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonValue, stringMember } from "../json-text/json-value.ts";
import { ENTITIES } from "../query/entities.ts";
import { seedCompany } from "./seed.ts";
import { Company } from "./store.ts";

function seeded(seed: number): Company {
  const company = new Company();
  seedCompany(company, seed);
  return company;
}

const records = (company: Company, entity: string) => company.storeOf(entity)?.byTime() ?? [];

describe.each([1, 2, 77])("the company of seed %i", (seed) => {
  const company = seeded(seed);
  const from = Date.parse("2026-01-01T00:00:00Z");
  const to = Date.parse("2026-01-31T00:00:00Z");
  const inJanuary = (entity: string) =>
    records(company, entity).filter(({ updated }) => updated >= from && updated < to);

  it("has records of every entity, all within the time of the books", () => {
    for (const { name } of ENTITIES) {
      const times = records(company, name).map(({ updated }) => updated);
      expect(times.length, name).toBeGreaterThan(0);
      expect(Math.min(...times), name).toBeGreaterThan(Date.parse("2025-06-01T00:00:00Z"));
      expect(Math.max(...times), name).toBeLessThan(Date.parse("2026-03-01T00:00:00Z"));
    }
  });

  it("has twenty-two customers updated in January 2026, two of them inactive", () => {
    expect(inJanuary("Customer")).toHaveLength(22);
    expect(inJanuary("Customer").filter(({ active }) => !active)).toHaveLength(2);
    expect(inJanuary("Invoice").length).toBeGreaterThan(20);
    expect(inJanuary("Item")).toHaveLength(7);
    expect(inJanuary("Account")).toHaveLength(11);
  });

  it("gives every inactive record the suffix for deleted names", () => {
    for (const { name } of ENTITIES.filter((entity) => entity.active)) {
      for (const { active, fields } of records(company, name)) {
        const shown = stringMember(fields, "DisplayName") ?? stringMember(fields, "Name") ?? "";
        expect(shown.endsWith(" (deleted)"), `${name} ${shown}`).toBe(!active);
      }
    }
  });

  it("refers only to records that exist", () => {
    for (const { name } of ENTITIES) {
      for (const { fields, key } of records(company, name)) {
        for (const [ref, id] of references(fields)) {
          const target = TARGETS[ref];
          if (target) expect(company.storeOf(target)?.get(id), `${name} ${key} ${ref} ${id}`).toBeDefined();
        }
      }
    }
  });

  it("has balances that add up: open invoices, customers and receivables agree", () => {
    const cents = (value: JsonValue | undefined) => Math.round(Number(value ?? 0) * 100);
    const sum = (entity: string) =>
      records(company, entity).reduce((total, { fields }) => total + cents(fields["Balance"]), 0);
    expect(sum("Customer")).toBe(sum("Invoice") - sum("CreditMemo"));
    expect(sum("Vendor")).toBe(sum("Bill") - sum("VendorCredit"));
    const receivable = records(company, "Account").find(
      ({ fields }) => fields["AccountType"] === "Accounts Receivable",
    );
    expect(cents(receivable?.fields["CurrentBalance"])).toBe(sum("Customer"));
  });

  it("updates a paid invoice in the second of its payment, and no document later than its customer", () => {
    for (const payment of records(company, "Payment")) {
      const text = /"TxnId":"(\d+)","TxnType":"Invoice"/.exec(payment.raw)?.[1] ?? "";
      expect(company.storeOf("Invoice")?.get(text)?.updated).toBe(payment.updated);
    }
    for (const { fields, updated } of records(company, "Invoice")) {
      const customer = company.storeOf("Customer")?.get(stringMember(fields["CustomerRef"], "value") ?? "");
      expect(updated).toBeLessThanOrEqual(customer?.updated ?? 0);
    }
  });
});

it("is the same for the same seed and different for another one", () => {
  const texts = (seed: number) => records(seeded(seed), "Invoice").map(({ raw }) => raw);
  expect(texts(5)).toEqual(texts(5));
  expect(texts(5)).not.toEqual(texts(6));
});

it("writes amounts with two decimals and zero as 0", () => {
  const raws = records(seeded(1), "Invoice").map(({ raw }) => raw);
  for (const raw of raws) {
    for (const [, text] of raw.matchAll(/"(?:TotalAmt|Balance|Amount)":([^,}]+)/g)) {
      expect(text).toMatch(/^(0|\d+\.\d\d)$/);
    }
  }
});

const TARGETS: Readonly<Record<string, string>> = {
  CustomerRef: "Customer",
  VendorRef: "Vendor",
  EmployeeRef: "Employee",
  ItemRef: "Item",
  AccountRef: "Account",
  APAccountRef: "Account",
  DepositToAccountRef: "Account",
  IncomeAccountRef: "Account",
  BankAccountRef: "Account",
  SalesTermRef: "Term",
  PaymentMethodRef: "PaymentMethod",
  TaxCodeRef: "TaxCode",
  TaxRateRef: "TaxRate",
  AgencyRef: "TaxAgency",
};

/** Every `…Ref` in a record, with the Id that it refers to. */
function references(value: JsonValue | undefined): [string, string][] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const id = key.endsWith("Ref") ? stringMember(member, "value") : undefined;
    return id === undefined ? references(member) : [[key, id]];
  });
}
