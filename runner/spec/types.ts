/** Something wrong in a file of the user's, with its place. Lines and columns count from 1. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** Stable: `yaml/syntax`, `schema/unknown-key`, `query/paging` … */
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters the code frame underlines. */
  readonly length: number;
  /** What to write instead. */
  readonly hint?: string;
}

/** What a template makes. */
export const TEMPLATE_KINDS = ["page", "count", "table", "upsert"] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

export const WINDOW_SIZES = ["hour", "day", "week", "month"] as const;
export type WindowSize = (typeof WINDOW_SIZES)[number];

/** How old what is sealed may be; after so many minutes, hours or days. */
export interface Freshness {
  readonly warn_after?: { readonly count: number; readonly period: "minute" | "hour" | "day" };
  readonly error_after?: { readonly count: number; readonly period: "minute" | "hour" | "day" };
}

/** A spec as its author wrote it, once its shape is proven. Nothing after `resolve-spec` sees it. */
export interface WrittenSpec {
  readonly version: 1;
  readonly entity: string;
  readonly table?: string;
  readonly cursor?: string | null;
  readonly query?: string;
  readonly also?: readonly string[];
  readonly key?: readonly string[];
  readonly answer_key?: string;
  readonly paging?: boolean;
  readonly sortable?: boolean;
  readonly wrapped?: boolean;
  readonly volatile?: readonly string[];
  readonly window?: WindowSize;
  readonly page_size?: number;
  readonly begin?: string;
  readonly lookback?: number;
  readonly freshness?: Freshness;
  readonly tags?: readonly string[];
  readonly templates?: Readonly<Partial<Record<TemplateKind, string>>>;
  readonly description?: string;
}

/** What holds for specs that do not say otherwise. */
export interface ProjectDefaults {
  readonly schema?: string;
  readonly window?: WindowSize;
  readonly page_size?: number;
  readonly begin?: string;
  readonly lookback?: number;
  readonly tags?: readonly string[];
}

/** `qbo.yml` as its author wrote it, once its shape is proven. */
export interface WrittenProject {
  readonly version: 1;
  readonly defaults?: ProjectDefaults;
  readonly vars?: Readonly<Record<string, unknown>>;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** A spec with every default filled in. */
export interface EntitySpec {
  /** The file's name without its ending: what `qbo run customers` selects. */
  readonly name: string;
  readonly file: string;
  /** The QBO object type. */
  readonly entity: string;
  /** The key of the rows in an answer; the entity itself but for oddities such as `CreditCardPaymentTxn`. */
  readonly answerKey: string;
  readonly table: Table;
  /** The field by which history is read; null for an entity that is read whole each run. */
  readonly cursor: string | null;
  readonly query: string;
  /** The conditions of `query`, as written after `where`; empty if it has none. */
  readonly condition: string;
  /** More queries for the same set, each with its conditions. */
  readonly also: readonly { readonly query: string; readonly condition: string }[];
  /** Fields that make the id; empty for an entity of one record. */
  readonly key: readonly string[];
  /** Whether the API takes positions and counts for the entity; if not, one answer holds all of it. */
  readonly paging: boolean;
  /** Whether the API can order by the cursor. */
  readonly sortable: boolean;
  /** Whether each record comes as the only member of an object, named for its type. */
  readonly wrapped: boolean;
  /** Fields that differ on each read: a record that differs in nothing else is unchanged. */
  readonly volatile: readonly string[];
  readonly window: WindowSize;
  readonly pageSize: number;
  /** Where a run without a range begins the first time; an instant or a day as it was written. */
  readonly begin: string | undefined;
  /** Windows that a run without a range reads again before the last sealed one's end. */
  readonly lookback: number;
  readonly freshness: Freshness | undefined;
  readonly tags: readonly string[];
  /** Files with the author's own templates, as the spec names them. */
  readonly templates: Readonly<Partial<Record<TemplateKind, string>>>;
  readonly description: string;
}
