import { toVisible } from "../text/visible-text.ts";
import type { Paint } from "./format-text.ts";

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
