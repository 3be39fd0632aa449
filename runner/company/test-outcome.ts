import type { TestResult } from "../events.ts";
import type { PartialRange } from "../plan/interval.ts";
import type { Statements } from "../render/templates.ts";
import type { Session } from "./open-session.ts";

export interface TestMeans {
  readonly session: Session;
  readonly statements: Statements;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The requested range. If an end is left out, the test uses what the ledger says was read or tried. */
  readonly range: PartialRange;
  /** Whether to compare only counts instead of all records. */
  readonly quick: boolean;
  readonly realmId: string;
  readonly environment: string;
}

export type Outcome = Omit<TestResult, "file" | "spec" | "table" | "name">;

export const PASS = { status: "pass", failures: 0, hint: undefined } as const;
