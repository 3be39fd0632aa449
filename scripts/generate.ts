import { writeFileSync } from "node:fs";
import { GENERATED } from "./generated.ts";

// Writes the files that are made from others. A test says when they are stale.
for (const { file, text } of GENERATED) writeFileSync(new URL(`../${file}`, import.meta.url), text());
