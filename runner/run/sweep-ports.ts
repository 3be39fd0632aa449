import type { Landing } from "../ports/landing.ts";
import type { Source } from "../ports/source.ts";
import type { Statements } from "../render/templates.ts";

/** What reading and loading one entity needs. */
export interface SweepPorts {
  readonly source: Source;
  readonly landing: Landing;
  readonly statements: Statements;
  /** Milliseconds since 1970 by this machine's clock, which people and time servers may set back. */
  readonly now: () => number;
  /** Milliseconds that never go back, to measure how long something takes. */
  readonly monotonic: () => number;
  /** What every row's lineage says of its request beside the statement: no secret. */
  readonly request: Readonly<Record<string, unknown>>;
}
