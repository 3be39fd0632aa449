import type { EntitySpec } from "../spec/types.ts";
import { toVisible } from "../text/visible-text.ts";
import { toPublicSpec } from "./public-spec.ts";

/** Version of the artifact's form. */
export const MANIFEST_VERSION = 2;

/** `target/manifest.json`: the specs of a run with every default filled in, for tools. */
export function formatManifest(
  specs: readonly EntitySpec[],
  head: { readonly runId: string; readonly version: string },
  now: number,
): string {
  const metadata = {
    version: MANIFEST_VERSION,
    qbo_version: head.version,
    run_id: head.runId,
    generated_at_utc: new Date(now).toISOString(),
  };
  return `${toVisible(JSON.stringify({ metadata, specs: specs.map(toPublicSpec) }, null, 2))}\n`;
}
