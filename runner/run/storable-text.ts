/** What PostgreSQL's jsonb refuses: the character U+0000 and halves of surrogate pairs, both only ever as escapes. A
 * backslash before the escape that is itself escaped makes it plain text, hence the even number in front. */
const ESCAPE = /(?<!\\)((?:\\\\)*)\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})/g;
const PAIR = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/;

/** A JSON text that jsonb takes: a character that it can't hold stays readable as the text of its escape, `\u0000` for U+0000.
 * The text comes back as it is where it holds none, which is nearly always. */
export function toStorable(text: string): string {
  if (!/\\u(?:0000|[dD][89a-fA-F])/.test(text)) return text;
  // Whole pairs are good: they are taken out of the way, and put back.
  const pairs: string[] = [];
  const withoutPairs = text.replaceAll(
    new RegExp(`(?<!\\\\)((?:\\\\\\\\)*)(${PAIR.source})`, "g"),
    (_, before, pair) => {
      pairs.push(pair);
      return `${before}\u0000`;
    },
  );
  const escaped = withoutPairs.replaceAll(ESCAPE, (_, before, code) => `${before}\\\\u${code}`);
  // U+0000 itself cannot stand in a JSON text, so it marks the places.
  return escaped.replaceAll("\u0000", () => pairs.shift() ?? "");
}

/** Whether a parsed value holds a character that jsonb can't. */
export function isStorable(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\u0000") && !LONE_SURROGATE.test(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner));
}

const LONE_SURROGATE = /\p{Surrogate}/u;
