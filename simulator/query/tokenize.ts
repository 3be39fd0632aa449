import { queryParserFault } from "./query-fault.ts";

/** The kinds of token. The kind of a keyword is its lower-case word. */
export type TokenKind = "identifier" | "string" | "number" | "end" | "punctuation" | "keyword";

/** A token of a query statement, with its 1-based position. */
export interface Token {
  readonly kind: TokenKind;
  /** The lower-case word of a keyword, the punctuation character, the decoded value of a string, or the text of
   * others. */
  readonly value: string;
  /** The token as it was written. */
  readonly image: string;
  readonly line: number;
  readonly column: number;
}

const KEYWORDS = new Set([
  ..."select count from where and or in like order by orderby asc desc".split(" "),
  ..."startposition maxresults true false null iterator".split(" "),
]);

const TOKEN = /([A-Za-z_][\w.]*)|('(?:[^'\\]|\\[\s\S])*')|(-?\d+(?:\.\d+)?)|(<=|>=|[*,()=<>])/y;

/** Splits a statement into tokens (QuickBooks API facts, 3.1); an unknown character is a lexical fault 4000. */
export function tokenize(statement: string): Token[] {
  const tokens: Token[] = [];
  const place = { line: 1, column: 1 };
  let at = 0;
  while (at < statement.length) {
    const space = /\s+/y;
    space.lastIndex = at;
    const gap = space.exec(statement)?.[0] ?? "";
    at += gap.length;
    move(place, gap);
    if (at >= statement.length) break;
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(statement);
    if (!match) throw lexicalFault(statement, at, place);
    tokens.push({ ...readToken(match), ...place });
    at += match[0].length;
    move(place, match[0]);
  }
  tokens.push({ kind: "end", value: "", image: "<EOF>", ...endPlace(tokens.at(-1)) });
  return tokens;
}

function readToken(match: RegExpExecArray): Pick<Token, "kind" | "value" | "image"> {
  const [image, word, string, number] = match;
  if (word !== undefined) {
    const lower = word.toLowerCase();
    return KEYWORDS.has(lower)
      ? { kind: "keyword", value: lower, image }
      : { kind: "identifier", value: word, image };
  }
  if (string !== undefined) {
    return { kind: "string", value: string.slice(1, -1).replace(/\\([\s\S])/g, "$1"), image };
  }
  if (number !== undefined) return { kind: "number", value: number, image };
  return { kind: "punctuation", value: image, image };
}

function move(place: { line: number; column: number }, text: string): void {
  for (const char of text) {
    if (char === "\n") {
      place.line++;
      place.column = 1;
    } else {
      place.column++;
    }
  }
}

/** The end of input has the position of the last token, as JavaCC reports it, or 0, 0 in an empty statement. */
function endPlace(last: Token | undefined): { line: number; column: number } {
  if (!last) return { line: 0, column: 0 };
  return { line: last.line, column: last.column + last.image.length - 1 };
}

function lexicalFault(statement: string, at: number, place: { line: number; column: number }): Error {
  const where = `Lexical error at line ${place.line}, column ${place.column}.  `;
  if (statement[at] === "'") {
    const rest = statement.slice(at);
    return queryParserFault(`Invalid content. ${where}Encountered: <EOF> after : "${rest}"`);
  }
  const char = String.fromCodePoint(statement.codePointAt(at) ?? 0);
  return queryParserFault(
    `Invalid content. ${where}Encountered: "${char}" (${char.codePointAt(0)}), after : ""`,
  );
}
