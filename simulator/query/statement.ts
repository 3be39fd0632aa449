/** The operators of a condition (QuickBooks API facts, 3.1). */
export type Operator = "=" | "<" | ">" | "<=" | ">=" | "in" | "like";

/** A value as it was written. `CURRENT_DATE` is today's date in US Pacific time. */
export type Literal =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "current-date" };

/** One `property operator value` of the WHERE clause. */
export interface Condition {
  readonly property: string;
  readonly operator: Operator;
  readonly values: readonly Literal[];
}

/** What the statement selects: every column, the number of rows, or some columns. */
export type Selection =
  | { readonly kind: "all" }
  | { readonly kind: "count" }
  | { readonly kind: "columns"; readonly columns: readonly string[] };

/** A parsed statement. Names are as written. Paging is undefined if omitted. */
export interface Statement {
  readonly selection: Selection;
  readonly entity: string;
  readonly conditions: readonly Condition[];
  readonly order?: { readonly property: string; readonly descending: boolean };
  readonly startPosition?: number;
  readonly maxResults?: number;
}
