import type { OpenRange } from "../plan/interval.ts";
import type { Statements } from "../render/templates.ts";
import type { TestResult } from "../report/format-tests.ts";
import type { Context } from "./context.ts";
import type { Session } from "./open-session.ts";

export interface TestMeans {
  readonly session: Session;
  readonly statements: Statements;
  readonly context: Context;
  /** What was asked for; where an end is left out, what the ledger has tried to read. */
  readonly range: OpenRange;
  /** Counts alone instead of a list of all records. */
  readonly quick: boolean;
  readonly realmId: string;
  readonly environment: string;
}

export type Outcome = Omit<TestResult, "file" | "spec" | "table" | "name">;

export const PASS = { status: "pass", failures: 0, hint: undefined } as const;
