import { type RawMember, rawMember, rawMembers } from "./scan.ts";

/** Writes an object from raw members, without white space. */
export function writeMembers(members: readonly RawMember[]): string {
  return `{${members.map((member) => `${JSON.stringify(member.key)}:${member.raw}`).join(",")}}`;
}

/** The object `text` with some members set to raw values. Existing keys keep their place; new ones are added at the
 * end. */
export function setRawMembers(text: string, changes: readonly RawMember[]): string {
  const pending = new Map(changes.map((change) => [change.key, change.raw]));
  const kept = rawMembers(text).map((member) => {
    const raw = pending.get(member.key) ?? member.raw;
    pending.delete(member.key);
    return { key: member.key, raw };
  });
  const added = [...pending].map(([key, raw]) => ({ key, raw }));
  return writeMembers([...kept, ...added]);
}

/** Sets one member of a nested object, and creates missing objects on the path: `["MetaData", "LastUpdatedTime"]`. */
export function setRawPath(text: string, path: readonly string[], raw: string): string {
  const [key, ...rest] = path;
  if (key === undefined) return raw;
  const inner = rest.length === 0 ? raw : setRawPath(rawMember(text, key) ?? "{}", rest, raw);
  return setRawMembers(text, [{ key, raw: inner }]);
}

/** The object `text` without some members. */
export function removeRawMembers(text: string, keys: readonly string[]): string {
  return writeMembers(rawMembers(text).filter((member) => !keys.includes(member.key)));
}

/** The raw text at a path, or undefined. */
export function rawAtPath(text: string, path: readonly string[]): string | undefined {
  let raw: string | undefined = text;
  for (const key of path) {
    if (raw === undefined || !raw.trimStart().startsWith("{")) return undefined;
    raw = rawMember(raw, key);
  }
  return raw;
}
