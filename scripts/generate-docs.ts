import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatSpecPage } from "./spec-page.ts";

// Writes the pages that are made from the code. A test says when they are stale.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const schema: unknown = JSON.parse(readFileSync(join(root, "runner/spec/entity.schema.json"), "utf8"));
writeFileSync(join(root, "docs/spec-format.md"), formatSpecPage(schema));
