/** Control characters except tab and line feed, Unicode's controls of writing direction, and Unicode's line separators. */
const HARMFUL = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Makes a text safe to print on a terminal: names and the answers of servers may contain any character, even commands for
 * the terminal. Harmful characters are shown as escapes such as `\u001b`, which mean the same character in a JSON text. Line
 * ends become line feeds. */
export const toVisible = (text: string): string =>
  text.replaceAll("\r\n", "\n").replaceAll(HARMFUL, escapeOf);

/** Like `toVisible`, for a text that must stay on one line: tabs and line feeds are escaped too. */
export const onOneLine = (text: string): string => toVisible(text).replaceAll(/[\n\t]/g, escapeOf);

const escapeOf = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
