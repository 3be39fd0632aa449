import { formatPacificSeconds, parseInstant } from "../../pacific-time.ts";
import type { Random } from "./random.ts";

/** The milliseconds in a day. */
export const DAY = 86_400_000;

/** The first and the last day of the seeded books. */
export const BOOKS_OPEN = pacific("2025-06-02T08:00:00");
export const BOOKS_END = pacific("2026-02-27T17:00:00");

/** The instant (UTC ms) of a Pacific wall-clock time. */
export function pacific(text: string): number {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(`not a time: ${text}`);
  return instant;
}

/**
 * A random second between two instants (UTC ms), both inclusive. It is between 7 a.m. and 7 p.m. Pacific time if the
 * span contains such a time.
 */
export function secondBetween(random: Random, from: number, to: number): number {
  const start = Math.floor(from / 1000) * 1000;
  const span = Math.max(0, Math.floor((to - from) / 1000));
  let second = start + random.whole(0, span) * 1000;
  for (let tries = 0; tries < 20 && !isDaytime(second); tries++) {
    second = start + random.whole(0, span) * 1000;
  }
  return second;
}

function isDaytime(instant: number): boolean {
  const hour = Number(formatPacificSeconds(instant).slice(11, 13));
  return hour >= 7 && hour < 19;
}

/** A random second in Pacific office hours, 8:00 to 15:59, on a day given as `2026-01-05`. */
export function officeHour(random: Random, date: string): number {
  return pacific(`${date}T08:00:00`) + random.whole(0, 8 * 3600 - 1) * 1000;
}
