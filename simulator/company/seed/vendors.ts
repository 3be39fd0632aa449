import { amount, type DraftObject } from "../../number-text.ts";
import { BOOKS_OPEN, DAY, officeHour, secondBetween } from "./calendar.ts";
import { identityMembers, USD } from "./list-record.ts";
import type { Random } from "./random.ts";

/** A vendor or an employee, with the instant of the last activity (UTC ms). */
export interface SeedParty {
  readonly id: string;
  readonly name: string;
  readonly isInactive: boolean;
  readonly created: number;
  readonly updated: number;
}

/** `name|expense account|month of the last activity`; upper and lower case are mixed to show that the order is
 * binary. */
const VENDORS = `
Nisqually Hardwoods|Cost of Goods Sold:Timber|01
PGL Power|Utilities:Electricity|01
Pinnacle Hardware|Cost of Goods Sold:Hardware|02
bolt & bracket supply|Cost of Goods Sold:Hardware|01
Sound Fiber Internet|Utilities:Phone & Internet|02
Old Mill Property Co.|Rent|02
Thurston Insurance Brokers|Insurance:Workers Compensation|11
Delgado Glazing|Cost of Goods Sold:Subcontractors|01
Keen Edge Tooling|Tools & Blades|01
Matsuda Accounting|Professional Fees:Bookkeeping|01
Rainier Fuel|Van Running Costs:Fuel|02
Ledger & Quill Stationers|Office Supplies|12
eBoard Signs|Advertising|10
Washington Dept. of Revenue|Professional Fees|01
Björk Finishes AB|Cost of Goods Sold:Hardware|01
O'Malley Haulage|Cost of Goods Sold:Subcontractors|12
! Cascade Veneers|Cost of Goods Sold:Timber|09
! Summit Safety Training|Safety & Training|01
`;

/** The vendors, each with the account of its bills. */
export function seedVendors(random: Random): (SeedParty & { readonly expense: string })[] {
  return VENDORS.trim()
    .split("\n")
    .map((line, index) => {
      const [label = "", expense = "", month = "01"] = line.split("|");
      const year = Number(month) > 2 ? 2025 : 2026;
      const day = String(random.whole(3, 26)).padStart(2, "0");
      return {
        id: String(101 + index),
        name: label.replace(/^! /, ""),
        expense,
        isInactive: label.startsWith("! "),
        created: secondBetween(random, BOOKS_OPEN, BOOKS_OPEN + 10 * DAY),
        updated: officeHour(random, `${year}-${month}-${day}`),
      };
    });
}

/** The record of a vendor. The balance is in cents. */
export function vendorDraft(random: Random, vendor: SeedParty, balance: number): DraftObject {
  const shown = vendor.isInactive ? `${vendor.name} (deleted)` : vendor.name;
  return {
    BillAddr: {
      Id: String(300 + Number(vendor.id)),
      Line1: `${random.whole(10, 999)} Industrial Way`,
      City: random.pick(["Olympia", "Tacoma", "Kent"]),
      CountrySubDivisionCode: "WA",
      PostalCode: `98${random.digits(3)}`,
    },
    TaxIdentifier: random.chance(0.2) ? `XXXXXX${random.digits(4)}` : undefined,
    Balance: amount(balance),
    AcctNum: random.chance(0.4) ? random.digits(6) : undefined,
    Vendor1099: random.chance(0.2),
    CurrencyRef: USD,
    ...identityMembers({ ...vendor, syncToken: random.pick([0, 0, 1]) }),
    CompanyName: vendor.name,
    DisplayName: shown,
    PrintOnCheckName: vendor.name,
    Active: !vendor.isInactive,
    PrimaryPhone: { FreeFormNumber: `(253) 555-${random.digits(4)}` },
    WebAddr: random.chance(0.4) ? { URI: `http://vendor${vendor.id}.example` } : undefined,
  };
}

const EMPLOYEES = [
  "Emma Castillo|07",
  "Noah Brandt|01",
  "Aiko Mori|01",
  "Samuel Adeyemi|02",
  "! Lena Fischer|12",
];

/** The people of the workshop. */
export function seedEmployees(random: Random): SeedParty[] {
  return EMPLOYEES.map((line, index) => {
    const [label = "", month = "01"] = line.split("|");
    const year = Number(month) > 2 ? 2025 : 2026;
    return {
      id: String(151 + index),
      name: label.replace(/^! /, ""),
      isInactive: label.startsWith("! "),
      created: secondBetween(random, BOOKS_OPEN, BOOKS_OPEN + 3 * DAY),
      updated: officeHour(random, `${year}-${month}-${random.whole(10, 26)}`),
    };
  });
}

/** The record of an employee. Identity numbers are masked, as in the real service. */
export function employeeDraft(random: Random, employee: SeedParty): DraftObject {
  const [given = "", family = ""] = employee.name.split(" ");
  const suffix = employee.isInactive ? " (deleted)" : "";
  return {
    SSN: "XXX-XX-XXXX",
    PrimaryAddr: { Id: String(500 + Number(employee.id)), City: "Olympia", CountrySubDivisionCode: "WA" },
    BillableTime: false,
    HiredDate: "2025-06-02",
    ...identityMembers({ ...employee, syncToken: employee.isInactive ? 1 : 0 }),
    GivenName: given,
    FamilyName: family,
    DisplayName: `${employee.name}${suffix}`,
    PrintOnCheckName: employee.name,
    Active: !employee.isInactive,
    PrimaryPhone: { FreeFormNumber: `(360) 555-${random.digits(4)}` },
  };
}
