/** A JSON text with sorted keys and unchanged numbers, so that texts that differ in a single digit stay different. */
export function canonical(text: string): string {
  // The third argument of a reviver contains the source text of a number. TypeScript's types do not include it yet.
  const reviver = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? `number ${context?.source}` : value;
  return JSON.stringify(sorted(JSON.parse(text, reviver as (key: string, value: unknown) => unknown)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
