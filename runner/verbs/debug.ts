import type { Description, ValuesOf } from "./part.ts";
import { demo } from "./shared-options.ts";

export const DEBUG = {
  name: "debug",
  description: "Versions, settings, connections, age of the token; never a secret",
  parts: { demo: demo("Check the simulator and the embedded PostgreSQL") },
} satisfies Description;

export type DebugOptions = ValuesOf<typeof DEBUG.parts>;
