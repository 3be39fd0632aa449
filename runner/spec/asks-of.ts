import type { EntitySpec } from "./types.ts";

/** What a spec asks for, as far as it decides which records its table holds and under which ids. */
export interface Asks {
  readonly query: string;
  readonly cursor: string | null;
  readonly key: readonly string[];
  readonly wrapped: boolean;
}

/** White space in a query does not matter outside of texts, and in texts it is kept. */
const tidy = (query: string): string =>
  query
    .split(/('(?:[^'\\]|\\.)*')/)
    .map((part, at) => (at % 2 === 0 ? part.replaceAll(/\s+/g, " ") : part))
    .join("")
    .trim();

export const asksOf = ({ query, also, cursor, key, wrapped }: EntitySpec): Asks => ({
  query: [query, ...also.map((part) => part.query)].map(tidy).join("; "),
  cursor,
  key,
  wrapped,
});
