import { AFTER_CONDITION, encountered } from "./parser-error.ts";
import type { Condition, Literal, Operator, Selection, Statement } from "./statement.ts";
import { TokenReader } from "./token-reader.ts";
import { type Token, tokenize } from "./tokenize.ts";

/**
 * Parses a query statement (QuickBooks API facts, 3.1): only AND, parentheses only around IN
 * lists, both spellings of ORDERBY, and paging clauses in either order. Refusals are thrown as fault 4000.
 */
export function parseStatement(text: string): Statement {
  const reader = new TokenReader(tokenize(text));
  reader.take("keyword", "select", '"select"');
  const selection = parseSelection(reader);
  reader.take("keyword", "from", '"from"');
  const entity = reader.takeKind("identifier", "<IDENTIFIER>").value;
  const conditions = reader.skip("keyword", "where") ? parseConditions(reader) : [];
  const order = parseOrder(reader);
  const paging = parsePaging(reader);
  if (reader.next.kind !== "end") throw encountered(reader.next, AFTER_CONDITION);
  return { selection, entity, conditions, ...(order ? { order } : {}), ...paging };
}

function parseSelection(reader: TokenReader): Selection {
  if (reader.next.value === "count" && reader.peek(1).value === "(") return parseCount(reader);
  if (reader.skip("punctuation", "*")) {
    while (reader.skip("punctuation", ",")) reader.takeKind("identifier", "<IDENTIFIER>");
    return { kind: "all" };
  }
  const columns = [reader.takeKind("identifier", "<IDENTIFIER>").value];
  while (reader.skip("punctuation", ",")) {
    columns.push(reader.takeKind("identifier", "<IDENTIFIER>").value);
  }
  return { kind: "columns", columns };
}

function parseCount(reader: TokenReader): Selection {
  reader.advance();
  reader.take("punctuation", "(", '"("');
  reader.take("punctuation", "*", '"*"');
  reader.take("punctuation", ")", '")"');
  return { kind: "count" };
}

function parseConditions(reader: TokenReader): Condition[] {
  const conditions = [parseCondition(reader)];
  while (reader.skip("keyword", "and")) conditions.push(parseCondition(reader));
  return conditions;
}

function parseCondition(reader: TokenReader): Condition {
  const emptyParentheses = reader.next.value === "(" && reader.peek(1).value === ")";
  if (emptyParentheses) reader.advance();
  const property = reader.takeKind("identifier", "<IDENTIFIER>").value;
  const operator = parseOperator(reader);
  const values = operator === "in" ? parseList(reader) : [parseLiteral(reader)];
  return { property, operator, values };
}

const OPERATORS: readonly Operator[] = ["=", "<", ">", "<=", ">=", "in", "like"];

function parseOperator(reader: TokenReader): Operator {
  const { kind, value } = reader.next;
  const operator = OPERATORS.find((candidate) => candidate === value);
  if (!operator || (kind !== "punctuation" && kind !== "keyword")) throw encountered(reader.next);
  reader.advance();
  return operator;
}

function parseList(reader: TokenReader): Literal[] {
  reader.take("punctuation", "(", '"("');
  const values = [parseLiteral(reader)];
  while (reader.skip("punctuation", ",")) values.push(parseLiteral(reader));
  reader.take("punctuation", ")", '")"');
  return values;
}

function parseLiteral(reader: TokenReader): Literal {
  const token = reader.next;
  const literal = readLiteral(token);
  if (!literal) throw encountered(token);
  reader.advance();
  return literal;
}

function readLiteral({ kind, value }: Token): Literal | undefined {
  if (kind === "string") return { kind: "text", text: value };
  if (kind === "number") return { kind: "number", text: value };
  if (kind === "keyword" && (value === "true" || value === "false")) {
    return { kind: "boolean", value: value === "true" };
  }
  if (kind === "identifier" && value.toUpperCase() === "CURRENT_DATE") return { kind: "current-date" };
  return undefined;
}

function parseOrder(reader: TokenReader): Statement["order"] {
  if (reader.skip("keyword", "order")) reader.take("keyword", "by", '"by"');
  else if (!reader.skip("keyword", "orderby")) return undefined;
  const property = reader.takeKind("identifier", "<IDENTIFIER>").value;
  if (reader.skip("keyword", "desc")) return { property, descending: true };
  reader.skip("keyword", "asc");
  return { property, descending: false };
}

function parsePaging(reader: TokenReader): Pick<Statement, "startPosition" | "maxResults"> {
  const paging: { startPosition?: number; maxResults?: number } = {};
  for (;;) {
    if (paging.startPosition === undefined && reader.skip("keyword", "startposition")) {
      paging.startPosition = parseWhole(reader);
    } else if (paging.maxResults === undefined && reader.skip("keyword", "maxresults")) {
      paging.maxResults = parseWhole(reader);
    } else {
      return paging;
    }
  }
}

function parseWhole(reader: TokenReader): number {
  const token = reader.next;
  if (token.kind !== "number" || token.value.includes(".")) throw encountered(token, ["<NUMBER>"]);
  reader.advance();
  return Number(token.value);
}
