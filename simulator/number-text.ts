/**
 * Numbers that keep their text. QuickBooks writes amounts as JSON numbers with two decimals, `825.00`, and zero
 * as `0` (QuickBooks API facts, 3.9). JavaScript's own numbers would lose the zeros.
 */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An amount in cents as QuickBooks writes it: `82500` becomes `825.00`, and `0` becomes `0`. */
export function amount(cents: number): NumberText {
  if (cents === 0) return new NumberText("0");
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return new NumberText(`${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`);
}

/** A value in a seeded record: a JSON value, or a number with its own text. Undefined is left out. */
export type Draft = string | number | boolean | null | NumberText | readonly Draft[] | DraftObject;

/** An object of a seeded record. Members that are undefined are left out, as QuickBooks omits empty fields. */
export interface DraftObject {
  readonly [key: string]: Draft | undefined;
}

/** Writes a draft as JSON without white space. */
export function writeDraft(draft: Draft): string {
  if (typeof draft === "string") return JSON.stringify(draft);
  if (typeof draft !== "object" || draft === null) return String(draft);
  if (draft instanceof NumberText) return draft.text;
  if (isDraftList(draft)) return `[${draft.map(writeDraft).join(",")}]`;
  let members = "";
  for (const key in draft) {
    const value = draft[key];
    if (value === undefined) continue;
    members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${writeDraft(value)}`;
  }
  return `{${members}}`;
}

function isDraftList(draft: Draft): draft is readonly Draft[] {
  return Array.isArray(draft);
}
