import type { Description, Part, ValuesOf } from "./part.ts";

/** The simulator reads its own options. */
const ITS_OPTIONS: Part<string[]> = { options: [], read: ({ args, rest }) => [...args, ...rest] };

export const SIMULATE = {
  name: "simulate",
  args: "[...options]",
  description: "The QuickBooks Online simulator as a local server; its options follow after --",
  parts: { args: ITS_OPTIONS },
  example: "qbo simulate -- --port 8080 --answers recorded/",
} satisfies Description;

export type SimulateOptions = ValuesOf<typeof SIMULATE.parts>;
