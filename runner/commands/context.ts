import type { Clock } from "../clock.ts";
import type { Log } from "../events.ts";
import type { Io } from "../io.ts";
import type { Paint } from "../report/format-text.ts";
import type { Env } from "../settings.ts";

/** What every command receives from the process. */
export interface Context {
  readonly io: Io;
  readonly env: Env;
  readonly cwd: string;
  readonly log: Log;
  readonly logFormat: "text" | "json";
  readonly paint: Paint;
  readonly clock: Clock;
  /** How long a request may take, in milliseconds. The default is longer than Intuit's own limit. */
  readonly requestTimeoutMs: number | undefined;
  /** Aborted by SIGINT or SIGTERM, with the name of the signal as its reason. */
  readonly signal: AbortSignal;
}
