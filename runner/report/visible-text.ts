import type { Paint } from "./format-text.ts";

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

/** What of our own commands a terminal, with a mark that nothing else can hold. */
export interface Painter {
  readonly paint: Paint;
  /** To the begin of the line, and nothing left on it. */
  readonly clear: string;
  /** A text for the terminal: marks become commands, and the rest does nothing but show itself. */
  readonly render: (text: string) => string;
}

const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["red", "\u001b[31m"],
  ["green", "\u001b[32m"],
  ["yellow", "\u001b[33m"],
  ["plain", "\u001b[39m"],
  ["clear", "\r\u001b[K"],
]);

/** `secret` must be new in every process: whoever knows it could paint too. */
export function createPainter(secret: string): Painter {
  const mark = (name: string): string => `${secret}${name}${secret}`;
  return {
    paint: (text, colour) => `${mark(colour)}${text}${mark("plain")}`,
    clear: mark("clear"),
    render: (text) =>
      text
        .split(secret)
        .map((part, at) => (at % 2 === 1 ? (COMMANDS.get(part) ?? "") : toVisible(part)))
        .join(""),
  };
}
