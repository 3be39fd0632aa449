import type { Landing } from "../ports/landing.ts";
import type { Source } from "../ports/source.ts";
import type { Statements } from "../render/templates.ts";

/** What is needed to read and load one entity. */
export interface SweepPorts {
  readonly source: Source;
  readonly landing: Landing;
  readonly statements: Statements;
  /** Milliseconds since 1970 by this machine's clock, which people or time servers may set back. */
  readonly now: () => number;
  /** Milliseconds by a clock that never goes back, to measure durations. */
  readonly monotonic: () => number;
  /** What every row's lineage says about its request, in addition to the statement. It contains no secret. */
  readonly request: Readonly<Record<string, unknown>>;
}
