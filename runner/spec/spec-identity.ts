import type { EntitySpec } from "./types.ts";

/** The parts of a spec that decide which records its table holds, and under which ids. */
export interface SpecIdentity {
  readonly query: string;
  readonly cursor: string | null;
  readonly key: readonly string[];
  readonly wrapped: boolean;
}

/** A text in quotes, in which a backslash escapes the next character. */
const QUOTED = /('(?:[^'\\]|\\.)*')/;

/** Replaces white space by single spaces, except inside quoted texts, where it matters. */
function tidy(query: string): string {
  // Splitting by a group keeps what it matches, so every second part is a quoted text.
  const parts = query.split(QUOTED);
  const tidied = parts.map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/\s+/g, " ")));
  return tidied.join("").trim();
}

export const identityOf = ({ query, also, cursor, key, wrapped }: EntitySpec): SpecIdentity => ({
  query: [query, ...also.map((part) => part.query)].map(tidy).join("; "),
  cursor,
  key,
  wrapped,
});
