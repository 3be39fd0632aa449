import type { FaultError } from "./fault-bodies.ts";

/** A write that is refused, with HTTP 400 or as a batch item's fault (QuickBooks API facts, 4.6). */
export class WriteFault extends Error {
  readonly fault: FaultError;

  constructor(fault: FaultError) {
    super(fault.message);
    this.name = "WriteFault";
    this.fault = fault;
  }
}
