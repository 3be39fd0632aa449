import { amount, type DraftObject } from "../../number-text.ts";
import { BOOKS_OPEN, DAY, officeHour, pacific, secondBetween } from "./calendar.ts";
import { identityMembers, USD } from "./list-record.ts";
import type { Random } from "./random.ts";

/** A customer with the instant of its last activity (UTC ms). None of its documents is later. */
export interface SeedCustomer {
  readonly id: string;
  /** The display name, without the suffix of inactive customers. */
  readonly name: string;
  readonly parent?: SeedCustomer;
  readonly given?: string;
  readonly family?: string;
  readonly place: string;
  readonly isTaxable: boolean;
  readonly isInactive: boolean;
  readonly created: number;
  readonly updated: number;
}

/**
 * `name|given name|family name|city, state, postal code|month of the last activity`, `!` marks an inactive
 * customer and `>` a job of the customer above. Twenty-two have their last activity in January 2026 (UTC).
 */
const CUSTOMERS = `
Alder & Ash Interiors|Ruth|Alder|Olympia, WA, 98501|01
> Lakeview Hotel lobby|Ruth|Alder|Olympia, WA, 98501|01
> Rooftop bar|Ruth|Alder|Olympia, WA, 98501|12
Ångström Optics|Björn|Ångström|Tacoma, WA, 98402|01
Bakery Zum Löwen|Jürgen|Weiß|Lacey, WA, 98503|01
Bluebird Montessori School|Ines|Okafor|Olympia, WA, 98506|02
Café Crème|Amélie|Dubois|Seattle, WA, 98101|01
Carver's Boatyard|Tom|Carver|Shelton, WA, 98584|01
Cedar Street Dental|Priya|Raman|Olympia, WA, 98501|12
Diego Muñoz|Diego|Muñoz|Tumwater, WA, 98512|01
Elm Grove Retirement Home|Helen|Marsh|Lacey, WA, 98516|01
! Evergreen Print Shop|Karl|Benson|Olympia, WA, 98502|01
Fáinne O'Sullivan|Fáinne|O'Sullivan|Yelm, WA, 98597|01
Fjord Kayaks 🛶|Signe|Dahl|Gig Harbor, WA, 98335|01
> Showroom|Signe|Dahl|Gig Harbor, WA, 98335|02
Grace Lutheran Church|Paul|Lindqvist|Olympia, WA, 98501|11
Harbor Lights B&B|Nora|Whitfield|Port Orchard, WA, 98366|01
Hokkaidō Ramen 北海道|Yuki|Tanaka|Seattle, WA, 98104|01
Ivy & Iron|Sam|Castellano|Tacoma, WA, 98403|10
Jalali Family|Darius|Jalali|Olympia, WA, 98513|12
Kowalczyk Homes|Łukasz|Kowalczyk|Puyallup, WA, 98371|01
> Lot 12, Fern Lane|Łukasz|Kowalczyk|Puyallup, WA, 98371|01
> Lot 14, Fern Lane|Łukasz|Kowalczyk|Puyallup, WA, 98371|02
Lighthouse Books|Greta|Holm|Olympia, WA, 98501|12
Mbeki, Thandi|Thandi|Mbeki|Lacey, WA, 98503|01
Nguyễn Văn Minh|Minh|Nguyễn|Tacoma, WA, 98408|01
! North Bay Cannery|Otis|Reed|Grays Harbor, WA, 98520|09
Oyster House|Maeve|Brennan|Olympia, WA, 98501|02
Pacific Theatre Company|Leo|Abrams|Seattle, WA, 98109|01
> Stage set "The Tempest"|Leo|Abrams|Seattle, WA, 98109|11
Quinault Ranger Station|Dana|Yellowhawk|Amanda Park, WA, 98526|10
Rossi, Giulia|Giulia|Rossi|Olympia, WA, 98502|01
! Silverdale Gallery|Anke|Vogel|Silverdale, WA, 98383|01
Smith, John|John|Smith|Tumwater, WA, 98501|12
> Smith, John – summer house|John|Smith|Union, WA, 98592|01
Ștefan Ionescu|Ștefan|Ionescu|Lakewood, WA, 98499|02
Trattoria dell'Arte|Marco|Bellini|Seattle, WA, 98121|11
! Union Street Vet|Carla|Jimenez|Olympia, WA, 98501|02
Wren Cottage Rentals|Abigail|Wren|Hoodsport, WA, 98548|01
王小明 Trading Co.|小明|王|Bellevue, WA, 98004|02
`;

/** Customers at the limits of the month: New Year's Eve in Pacific time that is January in UTC, and the reverse. */
const EDGES: Readonly<Record<number, string>> = { 13: "2025-12-31T17:30:00", 28: "2026-01-30T16:30:00" };

/** The customers, parents before their jobs. */
export function seedCustomers(random: Random): SeedCustomer[] {
  const customers: SeedCustomer[] = [];
  for (const [index, line] of CUSTOMERS.trim().split("\n").entries()) {
    const [label = "", given = "", family = "", place = "", month = "01"] = line.split("|");
    const isJob = label.startsWith("> ");
    const parent = isJob ? customers.findLast((customer) => customer.parent === undefined) : undefined;
    const number = index + 1;
    const edge = EDGES[number];
    const updated = edge === undefined ? lastActivity(random, month) : pacific(edge);
    customers.push({
      id: String(number),
      name: label.replace(/^[>!] /, ""),
      given,
      family,
      place,
      isTaxable: random.chance(0.8),
      isInactive: label.startsWith("! "),
      created: secondBetween(
        random,
        BOOKS_OPEN + 4 * 3_600_000,
        Math.min(updated - 20 * DAY, BOOKS_OPEN + 90 * DAY),
      ),
      updated,
      ...(parent ? { parent } : {}),
    });
  }
  return customers;
}

/** January ends on the 30th here, so that Pacific office hours are before the 31st in UTC. */
function lastActivity(random: Random, month: string): number {
  const year = Number(month) > 2 ? 2025 : 2026;
  const day = month === "02" ? random.whole(2, 26) : random.whole(2, 30);
  return officeHour(random, `${year}-${month}-${String(day).padStart(2, "0")}`);
}

/** The record of a customer. Balances are in cents. */
export function customerDraft(
  random: Random,
  customer: SeedCustomer,
  balance: number,
  balanceWithJobs: number,
): DraftObject {
  const { id, name, parent, given, family, isInactive, created, updated } = customer;
  const suffix = isInactive ? " (deleted)" : "";
  const isCompany = name !== `${given} ${family}` && name !== `${family}, ${given}`;
  const address = addressOf(random, customer);
  return {
    Taxable: customer.isTaxable,
    BillAddr: address,
    ShipAddr: random.chance(0.5) ? address : undefined,
    Notes: random.chance(0.15) ? "Gate code 4471. Call before delivery." : undefined,
    Job: parent !== undefined,
    BillWithParent: parent !== undefined,
    ParentRef: parent && { value: parent.id },
    Level: parent && 1,
    Balance: amount(balance),
    BalanceWithJobs: amount(balanceWithJobs),
    CurrencyRef: USD,
    PreferredDeliveryMethod: random.pick(["Print", "Email", "None"]),
    IsProject: false,
    ...identityMembers({ id, created, updated, syncToken: isInactive ? 1 : random.pick([0, 0, 0, 1, 2]) }),
    GivenName: given,
    FamilyName: family,
    FullyQualifiedName: `${parent ? `${parent.name}:` : ""}${name}${suffix}`,
    CompanyName: isCompany && !parent ? name : undefined,
    DisplayName: `${name}${suffix}`,
    PrintOnCheckName: name,
    Active: !isInactive,
    PrimaryPhone: { FreeFormNumber: `(360) 555-${random.digits(4)}` },
    PrimaryEmailAddr: { Address: `contact${id}@customer.example` },
    DefaultTaxCodeRef: { value: "2" },
  };
}

function addressOf(random: Random, { id, place }: SeedCustomer): DraftObject {
  const [city = "", state = "", postalCode = ""] = place.split(", ");
  const street = random.pick(["Capitol Way", "Bay Street", "Fern Lane", "Boundary St.", "4th Ave. E"]);
  const isLocated = random.chance(0.7);
  return {
    Id: String(100 + Number(id)),
    Line1: `${random.whole(10, 4999)} ${street}`,
    City: city,
    CountrySubDivisionCode: state,
    PostalCode: postalCode,
    Lat: isLocated ? `47.0${random.digits(5)}` : "INVALID",
    Long: isLocated ? `-122.${random.digits(6)}` : "INVALID",
  };
}
