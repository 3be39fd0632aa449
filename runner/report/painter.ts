import { toVisible } from "../text/visible-text.ts";
import type { Paint } from "./format-text.ts";

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
