import type { Description, Part, ValuesOf } from "./part.ts";

/** The simulator's own options. They are passed on unread, because the simulator checks them itself. */
const SIMULATOR_OPTIONS: Part<string[]> = { options: [], read: ({ args, rest }) => [...args, ...rest] };

export const SIMULATE = {
  name: "simulate",
  args: "[...options]",
  description: "Run the QuickBooks Online simulator as a local server; its options follow after --",
  parts: { args: SIMULATOR_OPTIONS },
  example: "qbo simulate -- --port 8080 --answers recorded/",
} satisfies Description;

export type SimulateOptions = ValuesOf<typeof SIMULATE.parts>;
