import type { SpecKeys } from "./spec-keys.ts";

export type { ProjectDefaults, WrittenProject, WrittenSpec } from "./spec-keys.ts";

/** A problem in one of the user's files, with its place. Lines and columns count from 1. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** A code that does not change between versions, such as `yaml/syntax`, `schema/unknown-key` or `query/paging`. */
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters the code frame underlines. */
  readonly length: number;
  /** What to do or to write instead. */
  readonly hint?: string;
}

/** The kinds of templates, named for what they generate. */
export const TEMPLATE_KINDS = ["page", "count", "table", "upsert"] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

export type WindowSize = SpecKeys["window"];

/** The ages, in minutes, hours or days, after which `qbo test` warns or fails. */
export type Freshness = NonNullable<SpecKeys["freshness"]>;

export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** A spec with every default filled in. Its keys are described in `entity.schema.json`. */
export interface EntitySpec extends Omit<SpecKeys, "table" | "also"> {
  /** The file's name without its ending, as in `qbo run customers`. */
  readonly name: string;
  readonly file: string;
  readonly table: Table;
  readonly answerKey: string;
  readonly query: string;
  /** The conditions of `query`, as written after `where`; empty if it has none. */
  readonly condition: string;
  /** More queries for the same set, each with its conditions. */
  readonly also: readonly { readonly query: string; readonly condition: string }[];
}
