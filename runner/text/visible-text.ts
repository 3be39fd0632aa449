/** Control characters but for tab and line feed, Unicode's marks and overrides of direction, and its line ends. A carriage
 * return before a line feed is part of it. */
const SPECIAL = /\r(?=\n)|(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** A text that does to a terminal nothing but show itself: names, and what servers answer, may hold anything. What must not
 * get through is shown as its escape, such as `\u001b`, which in a JSON text means the same character. */
export const toVisible = (text: string): string =>
  text.replaceAll(SPECIAL, (char, at: number) =>
    char === "\r" && text[at + 1] === "\n" ? "" : escapeOf(char),
  );

/** The same for a text that must not break the line it stands in. */
export const onOneLine = (text: string): string => toVisible(text).replaceAll(/[\n\t]/g, escapeOf);

const escapeOf = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
