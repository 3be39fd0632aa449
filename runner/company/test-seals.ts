import { gaps } from "../plan/coverage.ts";
import { formatInstant, type Interval, type PartialRange } from "../plan/interval.ts";
import type { EntitySpec, Freshness } from "../spec/types.ts";
import { type Outcome, PASS } from "./test-outcome.ts";

/** What the ledger knows about the table under test. */
export interface Seals {
  readonly sealed: readonly Interval[];
  /** The reason why no seal counts; undefined if the seals count. */
  readonly changed: string | undefined;
}

/** Tests whether the requested range, or by default everything between the first and the last seal, is sealed. */
export function testCoverage(spec: EntitySpec, { sealed, changed }: Seals, range: PartialRange): Outcome {
  const first = sealed[0];
  const last = sealed.at(-1);
  if (changed !== undefined) {
    const message = `${changed}: its seals no longer count`;
    return { status: "warn", failures: 1, message, hint: `read it again: qbo run ${spec.name}` };
  }
  const whole = { from: range.from ?? first?.from, to: range.to ?? last?.to };
  const { from, to } = whole;
  if (first === undefined || from === undefined || to === undefined || from >= to) {
    return {
      status: "warn",
      failures: 1,
      message: "nothing is sealed yet",
      hint: `qbo run ${spec.name} --from … --to …`,
    };
  }
  const missing = gaps({ from, to }, sealed);
  const place = `${formatInstant(from)} to ${formatInstant(to)}`;
  if (missing.length === 0) return { ...PASS, message: `sealed from ${place}` };
  const hint = `qbo run ${spec.name} --only-missing --from ${formatInstant(from)} --to ${formatInstant(to)}`;
  const message = `${missing.length} ${missing.length === 1 ? "gap" : "gaps"} from ${place}`;
  return { status: "warn", failures: missing.length, message, hint };
}

const PERIOD_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Tests how long ago the last sealed window ended. */
export function testFreshness(
  { warn_after, error_after }: Freshness,
  sealed: readonly Interval[],
  now: number,
): Outcome {
  const until = sealed.at(-1)?.to;
  const age = until === undefined ? Number.POSITIVE_INFINITY : now - until;
  const limit = (after: Freshness["warn_after"]): number =>
    after === undefined ? Number.POSITIVE_INFINITY : after.count * PERIOD_MS[after.period];
  const message =
    until === undefined
      ? "nothing is sealed yet"
      : `sealed until ${formatInstant(until)}, ${(age / PERIOD_MS.hour).toFixed(1)} hours ago`;
  const hint = "run `qbo run` without a range: it continues from there";
  if (age > limit(error_after)) return { status: "fail", failures: 1, message, hint };
  if (age > limit(warn_after)) return { status: "warn", failures: 1, message, hint };
  return { ...PASS, message };
}
