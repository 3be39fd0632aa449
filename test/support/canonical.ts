/** A JSON text with its keys in order and every number as it was written: two texts that differ in a digit differ here. */
export function canonical(text: string): string {
  // The third argument of a reviver knows the source of a number; TypeScript's types do not know it yet.
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
