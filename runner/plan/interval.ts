/** In milliseconds. */
export const DAY = 86_400_000;

/** A half-open span of time, `[from, to)`, in milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** A range whose ends may be left out: they are then found from what is sealed and from the present. */
export interface PartialRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Writes an instant in UTC, without fractions of a second: `2026-01-31T00:00:00Z`. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-](?:0\d|1[0-5]):?[0-5]\d)?)?$/i;

/** Reads a day (`2026-01-31` means midnight UTC) or a second (`2026-01-31T10:00:00Z`; UTC if no offset is given) as
 * milliseconds since 1970. Returns undefined for anything else, including a day that does not exist. */
export function parseInstant(text: string): number | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  const exists =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return exists ? ms - offsetOf(match[7]) : undefined;
}

/** The offset from UTC in milliseconds, positive to the east. */
function offsetOf(text: string | undefined): number {
  if (text === undefined || text.toUpperCase() === "Z") return 0;
  const sign = text.startsWith("-") ? -1 : 1;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  return sign * (hours * 60 + minutes) * 60_000;
}
