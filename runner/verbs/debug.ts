import type { Description, ValuesOf } from "./part.ts";
import { demo } from "./shared-options.ts";

export const DEBUG = {
  name: "debug",
  description: "Check versions, settings, connections and the age of the token, without printing a secret",
  parts: { demo: demo("Check the simulator and the embedded PostgreSQL under .qbo/") },
} satisfies Description;

export type DebugOptions = ValuesOf<typeof DEBUG.parts>;
