import type { Paint } from "./format-text.ts";

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

/** Writes our own commands to a terminal as marks that no other text can contain. */
export interface Painter {
  readonly paint: Paint;
  /** The mark that erases the current line. */
  readonly clear: string;
  /** Prepares a text for the terminal: marks become commands, and everything else is made safe to print. */
  readonly render: (text: string) => string;
}

const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["red", "\u001b[31m"],
  ["green", "\u001b[32m"],
  ["yellow", "\u001b[33m"],
  ["plain", "\u001b[39m"],
  ["clear", "\r\u001b[K"],
]);

/** `secret` must be new in every process, because a text that contains it could send commands to the terminal. */
export function createPainter(secret: string): Painter {
  const mark = (name: string): string => `${secret}${name}${secret}`;
  return {
    paint: (text, colour) => `${mark(colour)}${text}${mark("plain")}`,
    clear: mark("clear"),
    render: (text) => {
      // The secret is on both sides of each name, so every second part is the name of a command.
      const parts = text.split(secret);
      const rendered = parts.map((part, index) => {
        const isName = index % 2 === 1;
        return isName ? (COMMANDS.get(part) ?? "") : toVisible(part);
      });
      return rendered.join("");
    },
  };
}
