import { type Token, tokenizeQuery } from "./tokenize-query.ts";

/** A problem in a query. `at` is an offset in its text. */
export interface QueryProblem {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  readonly length: number;
  readonly hint?: string;
}

/** A property that a condition uses. `at` is an offset in the query. */
export interface NamedProperty {
  readonly name: string;
  readonly at: number;
}

export interface CheckedQuery {
  readonly problems: readonly QueryProblem[];
  /** The text after `where`; empty if there is none. */
  readonly condition: string;
  readonly properties: readonly NamedProperty[];
}

/** The clauses that only the runner may add, each with the reason. */
const OWNED: Readonly<Record<string, string>> = {
  order: "the runner orders by the cursor",
  orderby: "the runner orders by the cursor",
  startposition: "the runner does the paging",
  maxresults: "the runner does the paging; set page_size instead",
};

class Stop extends Error {
  readonly problem: QueryProblem;
  constructor(problem: QueryProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Checks that a query reads complete records of `entity` and has no clauses that only the runner may add. */
export function checkQuery(query: string, entity: string): CheckedQuery {
  const tokens = tokenizeQuery(query);
  const owned = tokens.filter(isOwned).map((token) => ({
    ...place(token),
    code: "query/paging",
    message: `the query must not contain "${token.text.toLowerCase()}": ${OWNED[token.text.toLowerCase()]}`,
    hint: "remove the clause",
  }));
  if (owned.length > 0) return { problems: owned, condition: "", properties: [] };
  try {
    const { start, properties } = readStatement(new Reader(tokens, query.length), entity);
    return { problems: [], condition: query.slice(start).trim(), properties };
  } catch (error) {
    if (error instanceof Stop) return { problems: [error.problem], condition: "", properties: [] };
    throw error;
  }
}

const isOwned = (token: Token): boolean =>
  token.kind === "word" && Object.hasOwn(OWNED, token.text.toLowerCase());
const place = (token: Token) => ({ at: token.at, length: token.text.length });

interface Conditions {
  /** Offset of the text after `where`; the end of the query if it has no conditions. */
  readonly start: number;
  readonly properties: readonly NamedProperty[];
}

/** Reads a statement to its end and returns its conditions. */
function readStatement(reader: Reader, entity: string): Conditions {
  reader.word("select");
  readColumns(reader);
  reader.word("from");
  const named = reader.next("an entity", (token) => token.kind === "word");
  if (named.text.toLowerCase() !== entity.toLowerCase()) {
    throw new Stop({
      ...place(named),
      code: "query/other-entity",
      message: `the query reads ${named.text}, but the spec is for ${entity}`,
      hint: `write "from ${entity}", or change entity`,
    });
  }
  if (reader.peek()?.text === ",") {
    const comma = reader.next("the end", () => true);
    throw new Stop({
      ...place(comma),
      code: "query/second-entity",
      message: "the query must read only one entity",
      hint: "write a spec for each entity",
    });
  }
  if (reader.peek() === undefined) return { start: reader.end, properties: [] };
  reader.word("where");
  const start = reader.peek()?.at ?? reader.end;
  const properties: NamedProperty[] = [];
  do properties.push(readCondition(reader));
  while (reader.accept("and"));
  const rest = reader.peek();
  if (rest !== undefined) throw unexpected(rest, 'the end or "and"');
  return { start, properties };
}

function readColumns(reader: Reader): void {
  const first = reader.next('"*"', () => true);
  if (first.text !== "*") {
    throw new Stop({
      ...place(first),
      code: "query/not-whole",
      message: `the query must select whole records, but it selects ${first.text}`,
      hint: 'write "select *", because RAW holds complete records',
    });
  }
  while (reader.accept(",")) reader.next("a property", (token) => token.kind === "word");
}

const OPERATORS = new Set(["=", "<", ">", "<=", ">="]);

function readCondition(reader: Reader): NamedProperty {
  const { text: name, at } = reader.next("a property", (token) => token.kind === "word");
  const operator = reader.next(
    "an operator (= < > <= >= in like)",
    (token) => OPERATORS.has(token.text) || ["in", "like"].includes(token.text.toLowerCase()),
  );
  if (operator.text.toLowerCase() !== "in") {
    readValue(reader);
    return { name, at };
  }
  reader.symbol("(");
  do readValue(reader);
  while (reader.accept(","));
  reader.symbol(")");
  return { name, at };
}

function readValue(reader: Reader): void {
  reader.next(
    "a value ('text', true or false)",
    (token) =>
      token.kind === "string" ||
      token.kind === "number" ||
      ["true", "false", "current_date"].includes(token.text.toLowerCase()),
  );
}

function unexpected(token: Token, expected: string): Stop {
  if (token.text.toLowerCase() === "or") {
    return new Stop({
      ...place(token),
      code: "query/syntax",
      message: "QuickBooks' query language has no OR",
      hint: "write `in (…)`",
    });
  }
  const hint =
    token.text === "'" ? { hint: "end the text with ', and write an apostrophe inside it as \\'" } : {};
  return new Stop({
    ...place(token),
    code: "query/syntax",
    message: `expected ${expected} in the query, but found ${token.text}`,
    ...hint,
  });
}

class Reader {
  readonly #tokens: readonly Token[];
  #position = 0;
  readonly end: number;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.end = end;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#position];
  }

  next(expected: string, accepts: (token: Token) => boolean): Token {
    const token = this.peek();
    if (token === undefined) {
      const at = Math.max(0, this.end - 1);
      throw new Stop({
        at,
        length: 1,
        code: "query/syntax",
        message: `expected ${expected}, but the query ends here`,
      });
    }
    if (!accepts(token)) throw unexpected(token, expected);
    this.#position++;
    return token;
  }

  word(text: string): void {
    this.next(`"${text}"`, (token) => token.kind === "word" && token.text.toLowerCase() === text);
  }

  symbol(text: string): void {
    this.next(`"${text}"`, (token) => token.text === text);
  }

  accept(text: string): boolean {
    if (this.peek()?.text.toLowerCase() !== text) return false;
    this.#position++;
    return true;
  }
}
