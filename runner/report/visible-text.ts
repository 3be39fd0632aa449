/** What of our own a terminal may be told. */
export interface Allowed {
  /** Colours, as `ansi` paints them. */
  readonly colour: boolean;
  /** To take the progress bar back before a line is written. */
  readonly terminal: boolean;
}

/** To the begin of the line, and nothing left on it. */
export const CLEAR = "\r\u001b[K";

/** Our own colours, then everything that moves a terminal's cursor or turns its text around: the control characters but for
 * tab and line feed, and Unicode's marks and overrides of direction. A carriage return before a line feed is part of it. */
const SPECIAL = new RegExp(
  `${String.fromCharCode(27)}\\[(?:3[123]|39)m|\\r(?=\\n)|[^\\P{Cc}\\t\\n]|[\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]`,
  "gu",
);

/** A text that does to a terminal nothing but show itself: names, and what servers answer, may hold anything. What must not
 * get through is shown as its escape, such as `\u001b`, which in a JSON text means the same character. */
export function toVisible(text: string, { colour, terminal }: Allowed): string {
  const isCleared = terminal && text.startsWith(CLEAR);
  const rest = isCleared ? text.slice(CLEAR.length) : text;
  const shown = rest.replaceAll(SPECIAL, (found, at: number) => {
    if (found === "\r" && rest[at + 1] === "\n") return "";
    if (found.length > 1 && colour) return found;
    return [...found].map((char) => (char < " " || char > "~" ? escapeOf(char) : char)).join("");
  });
  return isCleared ? CLEAR + shown : shown;
}

const escapeOf = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
