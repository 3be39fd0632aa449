import type { Records } from "../ports/source.ts";

/** Records that are parsed one by one, when they are asked for. */
class LazyRecords implements Records {
  readonly #text: string;
  /** The start and the end of each record in the text: start, end, start, end and so on. */
  readonly #bounds: readonly number[];

  constructor(text: string, bounds: readonly number[]) {
    this.#text = text;
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#bounds.length / 2;
  }

  at(index: number): unknown {
    return index < this.length ? JSON.parse(this.textAt(index)) : undefined;
  }

  textAt(index: number): string {
    return this.#text.slice(this.#bounds[2 * index], this.#bounds[2 * index + 1]);
  }

  map<T>(visit: (record: unknown, index: number) => T): T[] {
    return Array.from({ length: this.length }, (_, index) => visit(this.at(index), index));
  }
}

export const isRecords = (value: unknown): value is Records =>
  Array.isArray(value) || value instanceof LazyRecords;

/** Larger answers are never parsed as a whole, not even to check that they are valid JSON. In characters. */
const LARGE = 100_000;

/** Parses the text of an answer. Throws a SyntaxError if it is not JSON. The records in its QueryResponse are parsed one by one
 * later, so in a large answer an error inside a record is only found then. */
export function parseAnswer(text: string): unknown {
  const found = findRecords(text);
  if (found === undefined) return JSON.parse(text);
  // A small answer is checked at once.
  if (text.length < LARGE) JSON.parse(text);
  const { key, open, close, bounds } = found;
  const answer: unknown = JSON.parse(text.slice(0, open + 1) + text.slice(close));
  const response: unknown =
    typeof answer === "object" && answer !== null ? Reflect.get(answer, "QueryResponse") : undefined;
  if (typeof response !== "object" || response === null) return JSON.parse(text);
  Reflect.set(response, key, new LazyRecords(text, bounds));
  return answer;
}

interface Found {
  readonly key: string;
  /** Where the list's opening bracket is. */
  readonly open: number;
  /** Where the list's closing bracket is. */
  readonly close: number;
  readonly bounds: readonly number[];
}

/** Finds the list of records in a text. Undefined if the text does not have the usual form; then it is parsed as a whole. */
function findRecords(text: string): Found | undefined {
  const response = memberOf(text, skipBlanks(text, 0), (key) => key === "QueryResponse");
  if (response === undefined) return undefined;
  const list = memberOf(text, response.value, (_, value) => text[value] === "[");
  if (list === undefined) return undefined;
  const bounds: number[] = [];
  let at = skipBlanks(text, list.value + 1);
  while (text[at] === "{") {
    const end = skipValue(text, at);
    bounds.push(at, end);
    at = skipBlanks(text, end);
    if (text[at] !== ",") break;
    at = skipBlanks(text, at + 1);
  }
  return text[at] === "]" ? { key: list.key, open: list.value, close: at, bounds } : undefined;
}

/** The first member of the object at `at` for which `isWanted` is true: its key, and where its value starts. */
function memberOf(
  text: string,
  at: number,
  isWanted: (key: string, value: number) => boolean,
): { key: string; value: number } | undefined {
  if (text[at] !== "{") return undefined;
  let next = skipBlanks(text, at + 1);
  while (text[next] === '"') {
    const end = skipValue(text, next);
    const colon = skipBlanks(text, end);
    const value = skipBlanks(text, colon + 1);
    const key = text.slice(next + 1, end - 1);
    if (text[colon] !== ":") return undefined;
    if (isWanted(key, value)) return { key, value };
    const comma = skipBlanks(text, skipValue(text, value));
    if (text[comma] !== ",") return undefined;
    next = skipBlanks(text, comma + 1);
  }
  return undefined;
}

// Character codes.
const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= BLANK) at++;
  return at;
}

/** The place after the value that starts at `from`: a text, an object, a list, or a word such as a number. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfText(text, at);
      if (depth === 0) return at + 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (code === COMMA || code <= BLANK)) return at;
  }
  return text.length;
}

/** The place of the quote that ends the text starting at `from`: one with an even number of backslashes before it. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length;
}
