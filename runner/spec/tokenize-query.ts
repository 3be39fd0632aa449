export interface Token {
  readonly kind: "word" | "string" | "number" | "symbol" | "unknown";
  readonly text: string;
  /** Offset in the query, in UTF-16 units. */
  readonly at: number;
}

/** White space, which is dropped, or one token. The name of the group that matches is the kind of the token. */
const TOKEN =
  /\s+|(?<word>[A-Za-z_][\w.]*)|(?<string>'(?:\\.|[^'\\])*')|(?<number>-?\d+(?:\.\d+)?)|(?<symbol><=|>=|!=|[*,()=<>])|(?<unknown>[\s\S])/gu;

/** Splits a statement of QuickBooks' query language into tokens (QuickBooks API facts, 3.1). A character that the language
 * does not use becomes an `unknown` token. */
export function tokenizeQuery(query: string): Token[] {
  const tokens: Token[] = [];
  for (const match of query.matchAll(TOKEN)) {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    if (isKind(kind)) tokens.push({ kind, text: match[0], at: match.index });
  }
  return tokens;
}

function isKind(kind: string | undefined): kind is Token["kind"] {
  return kind !== undefined;
}
