// Made from entity.schema.json and project.schema.json by `npm run generate`: change those.

/** A spec as its author wrote it, once its shape is proven. Nothing after `resolve-spec` sees it. */
export interface WrittenSpec {
  /** Version of this format. Always 1. */
  readonly version: 1;
  /** QuickBooks Online object type to read, spelled as the API spells it: Customer, Invoice, Account. */
  readonly entity: string;
  /** PostgreSQL table that receives the records, as schema.table in lower case. Default: raw.qb_ and the entity's plural, for example raw.qb_customers. */
  readonly table?: string;
  /** Field by which history is read, nearly always MetaData.LastUpdatedTime. null marks a snapshot entity, which is read whole in each run. */
  readonly cursor?: string | null;
  /** The statement in QuickBooks' query language, without order and paging: the runner adds the window, the order and the pages. Name lists hide inactive records unless it says `where Active in (true, false)`. */
  readonly query?: string;
  /** More queries for the same table, read one after the other, for an entity that no single query returns whole: TaxCode hides its inactive records without a condition on Active, and some of its records with one. No record may come from two of the queries. Needs `cursor: null`. */
  readonly also?: readonly string[];
  /** Fields whose values, joined with '|', make the id of a record. An empty list is for an entity of one record; the id is then the entity's name. */
  readonly key?: readonly string[];
  /** Key under which the API returns the records where it is not the entity's own name, for example CreditCardPaymentTxn. Default: the entity. */
  readonly answer_key?: string;
  /** Whether the API takes positions, page sizes and counts for the entity. false is for an entity of one record, such as Preferences: one answer holds all of it. Needs `cursor: null`. */
  readonly paging?: boolean;
  /** Whether the API can order by the cursor. With false the range is halved until each part fits into one page. */
  readonly sortable?: boolean;
  /** Whether each record comes inside an object whose only member is named for the record's type, such as {"Invoice": {…}}. Key and cursor are read inside; RAW keeps the whole. */
  readonly wrapped?: boolean;
  /** Fields that differ on each read, such as a temporary link. A record that differs in nothing else is not written again. */
  readonly volatile?: readonly string[];
  /** Size of a window in UTC: the unit of metrics, reprocessing and the ledger. */
  readonly window?: "hour" | "day" | "week" | "month";
  /** Records per API call. 1000 is the API's maximum. */
  readonly page_size?: number;
  /** Where a run without a range begins the first time: a day (2020-01-01) or an instant in UTC, in quotes or not. */
  readonly begin?: string;
  /** Windows that a run without a range reads again before it goes on after the last sealed one. */
  readonly lookback?: number;
  /** How old what is sealed may be before `qbo test` warns or fails, counted from the end of the last sealed window. */
  readonly freshness?: {
    /** Age after which the test warns. */
    readonly warn_after?: {
      /** How many periods. */
      readonly count: number;
      /** Unit of the count. */
      readonly period: "minute" | "hour" | "day";
    };
    /** Age after which the test fails. */
    readonly error_after?: {
      /** How many periods. */
      readonly count: number;
      /** Unit of the count. */
      readonly period: "minute" | "hour" | "day";
    };
  };
  /** Labels for selection: `qbo run tag:master`. */
  readonly tags?: readonly string[];
  /** Templates of the author's own instead of the project's, as files beside the spec or in the project's templates/. */
  readonly templates?: {
    /** Makes the DDL of the table: partitions, generated columns, more indexes. */
    readonly table?: string;
    /** Makes the statement that loads a page. */
    readonly upsert?: string;
    /** Makes the query that asks for a page. */
    readonly page?: string;
    /** Makes the query that counts. */
    readonly count?: string;
  };
  /** Who answers for this entity's data: a person, a team or an address. */
  readonly owner?: string;
  /** What the entity is, for people. */
  readonly description?: string;
}

/** What holds for specs that do not say otherwise. */
export interface ProjectDefaults {
  /** Schema of the tables that specs do not name. */
  readonly schema?: string;
  /** Size of a window in UTC: the unit of metrics, reprocessing and the ledger. */
  readonly window?: "hour" | "day" | "week" | "month";
  /** Records per API call. 1000 is the API's maximum. */
  readonly page_size?: number;
  /** Where a run without a range begins the first time: a day (2020-01-01) or an instant in UTC, in quotes or not. */
  readonly begin?: string;
  /** Windows that a run without a range reads again before it goes on after the last sealed one. */
  readonly lookback?: number;
  /** Labels of every spec, beside its own. */
  readonly tags?: readonly string[];
}

/** `qbo.yml` as its author wrote it, once its shape is proven. */
export interface WrittenProject {
  /** Version of this format. Always 1. */
  readonly version: 1;
  /** What holds for specs that do not say otherwise. */
  readonly defaults?: ProjectDefaults;
  /** Values that specs name by {{ var('name') }}. */
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** What holds where neither a spec nor its project says otherwise. */
export const DEFAULTS = {
  cursor: "MetaData.LastUpdatedTime",
  also: [],
  key: ["Id"],
  paging: true,
  sortable: true,
  wrapped: false,
  volatile: [],
  window: "day",
  page_size: 1000,
  lookback: 1,
  tags: [],
  templates: {},
  description: "",
} as const;

/** The same for what only a project can say. */
export const PROJECT_DEFAULTS = {
  schema: "raw",
} as const;

/** How a key is written, for the hints of problems. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  version: "version: 1",
  entity: "entity: Customer",
  table: "table: raw.qb_customers",
  cursor: "cursor: MetaData.LastUpdatedTime",
  query: "query: select * from Customer where Active in (true, false)",
  also: "also: [select * from TaxCode where Active in (true, false)]",
  key: "key: [Id]",
  answer_key: "answer_key: CreditCardPaymentTxn",
  paging: "paging: false",
  sortable: "sortable: false",
  wrapped: "wrapped: true",
  volatile: "volatile: [TempDownloadUri]",
  window: "window: day",
  page_size: "page_size: 1000",
  begin: "begin: 2020-01-01",
  lookback: "lookback: 1",
  freshness: "freshness: { warn_after: { count: 1, period: day } }",
  tags: "tags: [list, master]",
  owner: "owner: finance@example.com",
  description: "description: What customers were billed.",
};

/** The keys of a spec under the names that the code uses; undefined where nothing is said and there is no default. */
export interface SpecKeys {
  /** QuickBooks Online object type to read, spelled as the API spells it: Customer, Invoice, Account. */
  readonly entity: string;
  /** PostgreSQL table that receives the records, as schema.table in lower case. Default: raw.qb_ and the entity's plural, for example raw.qb_customers. */
  readonly table: string | undefined;
  /** Field by which history is read, nearly always MetaData.LastUpdatedTime. null marks a snapshot entity, which is read whole in each run. */
  readonly cursor: string | null;
  /** The statement in QuickBooks' query language, without order and paging: the runner adds the window, the order and the pages. Name lists hide inactive records unless it says `where Active in (true, false)`. */
  readonly query: string | undefined;
  /** More queries for the same table, read one after the other, for an entity that no single query returns whole: TaxCode hides its inactive records without a condition on Active, and some of its records with one. No record may come from two of the queries. Needs `cursor: null`. */
  readonly also: readonly string[];
  /** Fields whose values, joined with '|', make the id of a record. An empty list is for an entity of one record; the id is then the entity's name. */
  readonly key: readonly string[];
  /** Key under which the API returns the records where it is not the entity's own name, for example CreditCardPaymentTxn. Default: the entity. */
  readonly answerKey: string | undefined;
  /** Whether the API takes positions, page sizes and counts for the entity. false is for an entity of one record, such as Preferences: one answer holds all of it. Needs `cursor: null`. */
  readonly paging: boolean;
  /** Whether the API can order by the cursor. With false the range is halved until each part fits into one page. */
  readonly sortable: boolean;
  /** Whether each record comes inside an object whose only member is named for the record's type, such as {"Invoice": {…}}. Key and cursor are read inside; RAW keeps the whole. */
  readonly wrapped: boolean;
  /** Fields that differ on each read, such as a temporary link. A record that differs in nothing else is not written again. */
  readonly volatile: readonly string[];
  /** Size of a window in UTC: the unit of metrics, reprocessing and the ledger. */
  readonly window: "hour" | "day" | "week" | "month";
  /** Records per API call. 1000 is the API's maximum. */
  readonly pageSize: number;
  /** Where a run without a range begins the first time: a day (2020-01-01) or an instant in UTC, in quotes or not. */
  readonly begin: string | undefined;
  /** Windows that a run without a range reads again before it goes on after the last sealed one. */
  readonly lookback: number;
  /** How old what is sealed may be before `qbo test` warns or fails, counted from the end of the last sealed window. */
  readonly freshness: {
    /** Age after which the test warns. */
    readonly warn_after?: {
      /** How many periods. */
      readonly count: number;
      /** Unit of the count. */
      readonly period: "minute" | "hour" | "day";
    };
    /** Age after which the test fails. */
    readonly error_after?: {
      /** How many periods. */
      readonly count: number;
      /** Unit of the count. */
      readonly period: "minute" | "hour" | "day";
    };
  } | undefined;
  /** Labels for selection: `qbo run tag:master`. */
  readonly tags: readonly string[];
  /** Templates of the author's own instead of the project's, as files beside the spec or in the project's templates/. */
  readonly templates: {
    /** Makes the DDL of the table: partitions, generated columns, more indexes. */
    readonly table?: string;
    /** Makes the statement that loads a page. */
    readonly upsert?: string;
    /** Makes the query that asks for a page. */
    readonly page?: string;
    /** Makes the query that counts. */
    readonly count?: string;
  };
  /** Who answers for this entity's data: a person, a team or an address. */
  readonly owner: string | undefined;
  /** What the entity is, for people. */
  readonly description: string;
}

/** What the spec says, else what its project says, else the default. */
export function fillIn(written: WrittenSpec, shared: ProjectDefaults): SpecKeys {
  const all = { ...DEFAULTS, ...shared, ...written };
  return {
    entity: all.entity,
    table: all.table,
    cursor: all.cursor,
    query: all.query,
    also: all.also,
    key: all.key,
    answerKey: all.answer_key,
    paging: all.paging,
    sortable: all.sortable,
    wrapped: all.wrapped,
    volatile: all.volatile,
    window: all.window,
    pageSize: all.page_size,
    begin: all.begin,
    lookback: all.lookback,
    freshness: all.freshness,
    tags: all.tags,
    templates: all.templates,
    owner: all.owner,
    description: all.description,
  };
}
