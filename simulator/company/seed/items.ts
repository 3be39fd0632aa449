import { amount, type DraftObject } from "../../number-text.ts";
import type { SeedAccount } from "./accounts.ts";
import { BOOKS_OPEN, DAY, officeHour } from "./calendar.ts";
import { identityMembers } from "./list-record.ts";
import type { Random } from "./random.ts";

/** An item that appears on invoices. */
export interface SeedItem {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** In cents. */
  readonly price: number;
}

/** `name|type|income account|price in cents|cost in cents|description`. */
const ITEMS = `
Joinery|Category||0|0|
Services|Category||0|0|
Oak front door|Inventory|Joinery Income:Doors|148000|61000|Solid oak, glazed, ready to hang
Pine interior door|Inventory|Joinery Income:Doors|32500|12450|Four panel, primed
Barn door with rail|NonInventory|Joinery Income:Doors|69900|28000|Sliding, black steel rail included
Sash window, small|NonInventory|Joinery Income:Windows|54000|21000|Up to 24 × 36 in
Sash window, large|NonInventory|Joinery Income:Windows|87500|35000|Up to 36 × 60 in
Window seat|NonInventory|Joinery Income:Windows|46000|15000|With storage, oiled
Staircase, straight|NonInventory|Joinery Income:Staircases|385000|142000|Thirteen risers, ash
Staircase, quarter turn|NonInventory|Joinery Income:Staircases|512000|198000|With newel posts
Handrail, per foot|NonInventory|Joinery Income:Staircases|3850|1210|Beech, lacquered
Dining table|Inventory|Furniture Income|119500|48800|Walnut, seats eight
Bench|Inventory|Furniture Income|28900|9900|Ash, 4 ft
Bookcase, built-in|NonInventory|Furniture Income|94000|33000|Per 3 ft bay
Kitchen fronts|NonInventory|Furniture Income|21500|7800|Per door, painted
Drawer box|Inventory|Furniture Income|7450|2630|Dovetailed birch
Cutting board|Inventory|Furniture Income|4900|1400|End grain, 12 × 16 in
Site survey|Service|Design Income|9500|0|On-site measuring
Drawing & design|Service|Design Income|8500|0|Per hour
Fitting|Service|Repair Income|7200|0|Per hour, one joiner
Repair|Service|Repair Income|6800|0|Per hour, in the workshop
Refinishing|Service|Repair Income|5900|0|Per hour, sanding and oil
Delivery|Service|Delivery Income|4500|0|Within 30 miles
Blade sharpening|Service|Repair Income|1850|0|Per blade
Œuvre d'art frame|NonInventory|Furniture Income|13750|4100|Picture frame, custom – "gallery" profile
Old veneer stock|NonInventory|Furniture Income|2500|900|Sold as seen
`;

const EDITED_IN_JANUARY = new Set([3, 7, 11, 12, 18, 20, 25]);
const INACTIVE = new Set([26]);

/** Adds about twenty-five items, including categories. Returns those that documents can sell. */
export function seedItems(
  random: Random,
  accounts: readonly SeedAccount[],
): { items: SeedItem[]; drafts: DraftObject[] } {
  const items: SeedItem[] = [];
  const drafts: DraftObject[] = [];
  for (const [index, line] of ITEMS.trim().split("\n").entries()) {
    const [name = "", type = "", income = "", price = "0", cost = "0", description = ""] = line.split("|");
    const number = index + 1;
    const isInactive = INACTIVE.has(number);
    const item = { id: String(number), name, description, price: Number(price) };
    if (type !== "Category" && !isInactive) items.push(item);
    const shown = isInactive ? `${name} (deleted)` : name;
    drafts.push({
      Name: shown,
      Description: description === "" ? undefined : description,
      Active: !isInactive,
      FullyQualifiedName: shown,
      ...(type === "Category" ? {} : pricing(type, item.price, Number(cost))),
      Type: type,
      Sku: type === "Inventory" ? `TT-${String(number).padStart(3, "0")}` : undefined,
      IncomeAccountRef: referTo(accounts, income),
      ...(type === "Inventory"
        ? stock(random, accounts)
        : { TrackQtyOnHand: type === "Category" ? undefined : false }),
      ...identityMembers({ id: item.id, ...times(random, number) }),
    });
  }
  return { items, drafts };
}

function pricing(type: string, price: number, cost: number): DraftObject {
  return { Taxable: type !== "Service", UnitPrice: amount(price), PurchaseCost: amount(cost) };
}

function stock(random: Random, accounts: readonly SeedAccount[]): DraftObject {
  return {
    ExpenseAccountRef: referTo(accounts, "Cost of Goods Sold:Timber"),
    AssetAccountRef: referTo(accounts, "Inventory Asset"),
    TrackQtyOnHand: true,
    QtyOnHand: random.whole(0, 40),
    InvStartDate: "2025-06-01",
  };
}

function referTo(accounts: readonly SeedAccount[], fullName: string): DraftObject | undefined {
  const account = accounts.find((candidate) => candidate.fullName === fullName);
  return account && { value: account.id, name: account.fullName };
}

function times(random: Random, number: number): { created: number; updated: number; syncToken: number } {
  const created = BOOKS_OPEN + random.whole(3600, 14_400) * 1000;
  if (EDITED_IN_JANUARY.has(number)) {
    const day = String(random.whole(5, 29)).padStart(2, "0");
    return { created, updated: officeHour(random, `2026-01-${day}`), syncToken: random.whole(1, 5) };
  }
  const updated = created + random.whole(0, 150) * DAY + random.whole(0, 3600) * 1000;
  return { created, updated, syncToken: random.whole(0, 1) };
}
