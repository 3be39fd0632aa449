/** An even number of backslashes, which escape each other. After an odd number, `\\u0000` would be plain text and not an
 * escape. */
const ESCAPED_BACKSLASHES = /(?<!\\)((?:\\\\)*)/.source;
/** The escapes that PostgreSQL's jsonb refuses: U+0000 and halves of surrogate pairs. */
const REFUSED = new RegExp(`${ESCAPED_BACKSLASHES}\\\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})`, "g");
/** The escapes of a complete surrogate pair, which jsonb accepts. */
const PAIR = new RegExp(
  `${ESCAPED_BACKSLASHES}(\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2})`,
  "g",
);

/** Makes a JSON text acceptable to jsonb. A character that jsonb cannot hold becomes the text of its escape, such as
 * `\u0000`. A text without such characters, which is the usual case, is returned unchanged. */
export function toStorable(text: string): string {
  if (!/\\u(?:0000|[dD][89a-fA-F])/.test(text)) return text;
  // Complete pairs are taken out first and put back last. The character U+0000 marks their places, because it cannot occur
  // unescaped in a JSON text.
  const pairs: string[] = [];
  const withoutPairs = text.replaceAll(PAIR, (_, before, pair) => {
    pairs.push(pair);
    return `${before}\u0000`;
  });
  const escaped = withoutPairs.replaceAll(REFUSED, (_, before, code) => `${before}\\\\u${code}`);
  return escaped.replaceAll("\u0000", () => pairs.shift() ?? "");
}

/** Whether jsonb can hold every character of a parsed value. */
export function isStorable(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\u0000") && !LONE_SURROGATE.test(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner));
}

const LONE_SURROGATE = /\p{Surrogate}/u;
