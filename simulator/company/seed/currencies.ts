import { type DraftObject, NumberText } from "../../number-text.ts";
import { formatPacificSeconds, pacificDate } from "../../pacific-time.ts";
import { BOOKS_END, BOOKS_OPEN, DAY } from "./calendar.ts";
import { listIdentity } from "./list-identity.ts";
import { USD } from "./list-record.ts";
import type { Random } from "./random.ts";

/** The foreign currencies of the company. */
export function currencies(random: Random): DraftObject[] {
  const names = ["EUR|Euro", "GBP|British Pound Sterling", "SEK|Swedish Krona"];
  return names.map((line, index) => {
    const [code, name] = line.split("|");
    return { Code: code, Name: name, Active: true, ...listIdentity(random, String(index + 1)) };
  });
}

/** One rate per currency every two weeks, without Id and CreateTime (QuickBooks API facts, 7.4). */
export function exchangeRates(random: Random): DraftObject[] {
  const rates: DraftObject[] = [];
  for (let day = BOOKS_OPEN; day < BOOKS_END; day += 14 * DAY) {
    for (const [source, base] of [
      ["EUR", 1_080_000],
      ["GBP", 1_270_000],
      ["SEK", 95_000],
    ] as const) {
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
