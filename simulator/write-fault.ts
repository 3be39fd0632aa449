import type { FaultError } from "./fault-bodies.ts";

/** A refused write, answered with HTTP 400 or as the fault of a batch item (QuickBooks API facts, 4.6). */
export class WriteFault extends Error {
  readonly fault: FaultError;

  constructor(fault: FaultError) {
    super(fault.message);
    this.name = "WriteFault";
    this.fault = fault;
  }
}
