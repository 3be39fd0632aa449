import { rawAtPath, setRawPath, writeMembers } from "../json-text/edit.ts";
import { type RawMember, rawMembers } from "../json-text/scan.ts";

/**
 * A row with only the requested columns, from the raw text of the record, marked `sparse:true`
 * (QuickBooks API facts, 3.1). Columns keep the order of the record. Missing ones are left out.
 */
export function projectRow(raw: string, columns: readonly (readonly string[])[]): string {
  const kept: RawMember[] = [];
  for (const member of rawMembers(raw)) {
    const wanted = columns.filter(([first]) => first?.toLowerCase() === member.key.toLowerCase());
    if (wanted.length === 0) continue;
    const whole = wanted.some((path) => path.length === 1) || !member.raw.startsWith("{");
    kept.push(whole ? member : { key: member.key, raw: projectNested(member.raw, wanted) });
  }
  return writeMembers([{ key: "sparse", raw: "true" }, ...kept]);
}

function projectNested(raw: string, paths: readonly (readonly string[])[]): string {
  let projected = "{}";
  for (const [, ...path] of paths) {
    const value = rawAtPath(raw, path);
    if (value !== undefined) projected = setRawPath(projected, path, value);
  }
  return projected;
}
