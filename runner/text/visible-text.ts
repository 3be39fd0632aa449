/** Characters that may change how a terminal shows other text: control characters except tab and line feed, Unicode's marks
 * and overrides of direction, and Unicode's line separators. A carriage return before a line feed counts as part of the line
 * end. */
const SPECIAL = /\r(?=\n)|(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Makes a text safe to print on a terminal, since names and answers of servers may contain anything. Special characters are
 * shown as escapes such as `\u001b`, which mean the same character in a JSON text. */
export const toVisible = (text: string): string =>
  text.replaceAll(SPECIAL, (char, at: number) =>
    char === "\r" && text[at + 1] === "\n" ? "" : escapeOf(char),
  );

/** Like `toVisible`, for a text that must stay on one line: line feeds and tabs are shown as escapes too. */
export const onOneLine = (text: string): string => toVisible(text).replaceAll(/[\n\t]/g, escapeOf);

const escapeOf = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
