import { randomBytes } from "node:crypto";
import { setRawMembers } from "../json-text/edit.ts";
import type { EntityInfo } from "../query/entities.ts";

/** Gives an attachable a new TempDownloadUri, because it is different on each read (QuickBooks API facts, 13.3). */
export function refreshRow(entity: EntityInfo, raw: string): string {
  if (entity.name !== "Attachable" || !raw.includes('"TempDownloadUri"')) return raw;
  const signature = randomBytes(20).toString("hex");
  const uri = `https://attachments.example/download?signature=${signature}&expires=900`;
  return setRawMembers(raw, [{ key: "TempDownloadUri", raw: JSON.stringify(uri) }]);
}
