import { type DraftObject, NumberText } from "../../number-text.ts";
import { formatPacificSeconds } from "../../pacific-time.ts";
import { BOOKS_OPEN } from "./calendar.ts";
import { listIdentity } from "./list-identity.ts";
import type { Random } from "./random.ts";

/** The agencies that taxes are paid to. They have no Active (QuickBooks API facts, 7.4). */
export function taxAgencies(random: Random): DraftObject[] {
  return ["Washington Department of Revenue", "City of Olympia"].map((name, index) => ({
    DisplayName: name,
    TaxTrackedOnSales: true,
    TaxTrackedOnPurchases: false,
    ...listIdentity(random, String(index + 1)),
  }));
}

/** The rates of the agencies. */
export function taxRates(random: Random): DraftObject[] {
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
      ...listIdentity(random, String(index + 1)),
    };
  });
}

/** The three fixed codes have words as Ids (QuickBooks API facts, 3.9). They have no Active, no SyncToken and no
 * domain, and all have the same time (13.4). One of the other codes is inactive. */
export function taxCodes(random: Random): DraftObject[] {
  const codes = [
    "TAX|TAX|true",
    "NON|NON|false",
    "CustomSalesTax|CustomSalesTax|true",
    "2|Olympia|true",
    "3|Out of State|true",
    "4|Tacoma (deleted)|true",
  ];
  const fixedTime = formatPacificSeconds(BOOKS_OPEN);
  return codes.map((line) => {
    const [id = "", name = "", taxable] = line.split("|");
    const isGroup = /^\d+$/.test(id);
    const rates = name === "Olympia" ? ["1", "2"] : ["3"];
    const details = rates.map((value, index) => ({
      TaxRateRef: { value },
      TaxTypeApplicable: "TaxOnAmount",
      TaxOrder: index,
    }));
    return {
      Name: name,
      Description: isGroup ? `Sales tax ${name}` : name,
      ...(isGroup ? { Active: !name.endsWith("(deleted)") } : {}),
      Taxable: taxable === "true",
      TaxGroup: isGroup,
      SalesTaxRateList: isGroup ? { TaxRateDetail: details } : undefined,
      PurchaseTaxRateList: isGroup ? { TaxRateDetail: [] } : undefined,
      ...(isGroup
        ? listIdentity(random, id)
        : { sparse: false, Id: id, MetaData: { CreateTime: fixedTime, LastUpdatedTime: fixedTime } }),
    };
  });
}
