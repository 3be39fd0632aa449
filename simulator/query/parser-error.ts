import { type QueryFault, queryParserFault } from "./query-fault.ts";
import type { Token } from "./tokenize.ts";

/** What can follow a complete condition, in the form in which the service lists it. */
export const AFTER_CONDITION = [
  "<EOF>",
  "<AND>",
  '"iterator"',
  '"maxresults"',
  "<OR>",
  '"order"',
  '"orderby"',
  '"startposition"',
] as const;

/** A parser fault in the words of JavaCC (QuickBooks API facts, 3.10). */
export function encountered(token: Token, expected: readonly string[] = []): QueryFault {
  const found = token.kind === "end" ? '"<EOF>"' : `" ${kindImage(token)} "${token.image} ""`;
  const place = `at line ${token.line}, column ${token.column}.`;
  return queryParserFault(`Encountered ${found} ${place}${expectation(expected)}`);
}

function kindImage(token: Token): string {
  if (token.kind === "identifier") return "<IDENTIFIER>";
  if (token.kind === "string") return "<STRING>";
  if (token.kind === "number") return "<NUMBER>";
  if (token.value === "and" || token.value === "or") return `<${token.value.toUpperCase()}>`;
  return `"${token.value}"`;
}

function expectation(expected: readonly string[]): string {
  if (expected.length === 0) return "";
  const lines = expected.map((kind) => `    ${kind}${kind === "<EOF>" ? " " : " ..."}\n`).join("");
  return `\nWas expecting${expected.length > 1 ? " one of" : ""}:\n${lines}    `;
}
