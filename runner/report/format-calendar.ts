import type { Day, DayStatus } from "../plan/calendar.ts";
import type { Paint } from "./format-text.ts";

/** The character for a day of each status. */
const GLYPHS: Readonly<Record<DayStatus, string>> = {
  sealed: "■",
  empty: "·",
  unproven: "?",
  open: "o",
  failed: "x",
  partial: "▪",
  never: " ",
};

const COLOURS: Readonly<Partial<Record<DayStatus, "green" | "yellow" | "red">>> = {
  sealed: "green",
  unproven: "yellow",
  open: "yellow",
  failed: "red",
  partial: "yellow",
};

export const LEGEND =
  "■ sealed   · sealed, empty   ? read, not proven   o open   x failed   ▪ in part   blank: never read\n";

/** One line for each month, with a column for each day. Months without any window are left out. */
export function formatCalendar(days: readonly Day[], paint: Paint): string {
  const months = new Map<string, Day[]>();
  for (const day of days) {
    const month = new Date(day.day).toISOString().slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), day]);
  }
  return [...months]
    .filter(([, all]) => all.some(({ status }) => status !== "never"))
    .map(([month, all]) => `  ${month}  ${lineOf(all, paint)}\n`)
    .join("");
}

function lineOf(days: readonly Day[], paint: Paint): string {
  const first = days[0] === undefined ? 1 : new Date(days[0].day).getUTCDate();
  const glyphs = days.map(({ status }) => {
    const colour = COLOURS[status];
    return colour === undefined ? GLYPHS[status] : paint(GLYPHS[status], colour);
  });
  return `${" ".repeat(first - 1)}${glyphs.join("")}`.trimEnd();
}
