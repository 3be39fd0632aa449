/**
 * US Pacific time, in which QuickBooks writes every timestamp (QuickBooks API facts, 8.3).
 * The daylight-saving rule is the current one, of 2007. Earlier instants use the same rule.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The offset from UTC in hours at an instant (UTC ms): -7 in summer, -8 in winter. */
export function pacificOffsetHours(instant: number): -7 | -8 {
  const year = new Date(instant).getUTCFullYear();
  const { starts, ends } = daylightSaving(year);
  return instant >= starts && instant < ends ? -7 : -8;
}

/** `2026-01-05T08:30:00-08:00`: in whole seconds, the form of CreateTime and LastUpdatedTime. */
export function formatPacificSeconds(instant: number): string {
  const offset = pacificOffsetHours(instant);
  const local = new Date(instant + offset * HOUR).toISOString();
  return `${local.slice(0, 19)}-0${-offset}:00`;
}

/** The envelope's `time`: milliseconds without trailing zeros (QuickBooks API facts, 3.8). */
export function formatPacificMillis(instant: number): string {
  const offset = pacificOffsetHours(instant);
  const local = new Date(instant + offset * HOUR).toISOString().slice(0, 23);
  const trimmed = local.replace(/\.?0+$/, (zeros, at: number) => (at >= 19 ? "" : zeros));
  return `${trimmed}-0${-offset}:00`;
}

/** The calendar date in US Pacific time, `2026-01-05`. */
export function pacificDate(instant: number): string {
  return formatPacificSeconds(instant).slice(0, 10);
}

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * Reads a time literal as an instant (UTC ms). Returns undefined if it is not a time (QuickBooks API facts, 3.3).
 * A time without an offset is read as US Pacific time, and a date alone as midnight in Pacific time.
 */
export function parseInstant(text: string): number | undefined {
  const match = TIME.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "0", zone] = match;
  const millis = Math.floor(Number(`0.${fraction}`) * 1000);
  const date = [Number(year), Number(month) - 1, Number(day)] as const;
  const wall = Date.UTC(...date, Number(hour), Number(minute), Number(second), millis);
  if (new Date(Date.UTC(...date)).getUTCDate() !== date[2]) return undefined;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60) return undefined;
  return zone === undefined ? fromPacificWall(wall) : wall - zoneMillis(zone);
}

function zoneMillis(zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const digits = zone.replace(/\D/g, "");
  const size = Number(digits.slice(0, 2)) * HOUR + Number(digits.slice(2)) * 60_000;
  return zone.startsWith("-") ? -size : size;
}

/** In the hour that occurs twice in autumn, the first occurrence (-07:00) is meant. */
function fromPacificWall(wall: number): number {
  const summer = wall + 7 * HOUR;
  return pacificOffsetHours(summer) === -7 ? summer : wall + 8 * HOUR;
}

const SUMMERS = new Map<number, { starts: number; ends: number }>();

/** From the second Sunday of March, 10:00 UTC, to the first Sunday of November, 09:00 UTC. */
function daylightSaving(year: number): { starts: number; ends: number } {
  let summer = SUMMERS.get(year);
  if (!summer) {
    summer = { starts: firstSunday(year, 2) + 7 * DAY + 10 * HOUR, ends: firstSunday(year, 10) + 9 * HOUR };
    SUMMERS.set(year, summer);
  }
  return summer;
}

function firstSunday(year: number, month: number): number {
  const first = Date.UTC(year, month, 1);
  return first + ((7 - new Date(first).getUTCDay()) % 7) * DAY;
}
