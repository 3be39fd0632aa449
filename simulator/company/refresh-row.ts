import { randomBytes } from "node:crypto";
import { setRawMembers } from "../json-text/edit.ts";
import type { EntityInfo } from "../query/entities.ts";

/** An attachable's TempDownloadUri is another one on each read (QuickBooks API facts, 7.2). */
export function refreshRow(entity: EntityInfo, raw: string): string {
  if (entity.name !== "Attachable" || !raw.includes('"TempDownloadUri"')) return raw;
  const signature = randomBytes(20).toString("hex");
  const uri = `https://attachments.example/download?signature=${signature}&expires=900`;
  return setRawMembers(raw, [{ key: "TempDownloadUri", raw: JSON.stringify(uri) }]);
}
