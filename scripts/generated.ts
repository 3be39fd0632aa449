import { readSchemas } from "./schemas.ts";
import { formatSpecKeys } from "./spec-keys.ts";
import { formatSpecPage } from "./spec-page.ts";

/** The files that `npm run generate` writes. */
export const GENERATED: readonly { readonly file: string; readonly text: () => string }[] = [
  { file: "docs/spec-format.md", text: () => formatSpecPage(readSchemas().spec, readSchemas().project) },
  { file: "runner/spec/spec-keys.ts", text: () => formatSpecKeys(readSchemas().spec, readSchemas().project) },
];
