import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatSpecPage } from "./spec-page.ts";

// Writes the pages that are made from the code. A test says when they are stale.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [spec, project]: unknown[] = ["entity", "project"].map((name) =>
  JSON.parse(readFileSync(join(root, `runner/spec/${name}.schema.json`), "utf8")),
);
writeFileSync(join(root, "docs/spec-format.md"), formatSpecPage(spec, project));
