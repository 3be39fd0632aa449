// Made from entity.schema.json and project.schema.json by `npm run generate`: change those.

/** A spec as its author wrote it, once its shape is proven. Nothing after `resolve-spec` sees it. */
export interface WrittenSpec {
  /** The version of this format. Always 1. */
  readonly version: 1;
  /** The QuickBooks Online object type to read, spelled as in the API, for example Customer, Invoice or Account. */
  readonly entity: string;
  /** The PostgreSQL table that receives the records, written as schema.table in lower case. By default it is raw.qb_ followed by the plural of the entity, for example raw.qb_customers. */
  readonly table?: string;
  /** The time field by which history is read, nearly always MetaData.LastUpdatedTime. Write null for a snapshot entity, which is read completely in each run. */
  readonly cursor?: string | null;
  /** The statement in QuickBooks' query language, without order and paging, because the runner adds the window, the order and the pages. Without `where Active in (true, false)`, QuickBooks leaves out the inactive records of name lists such as Customer and Item. By default the query reads all records of the entity, including inactive ones. */
  readonly query?: string;
  /** More queries for the same table. They are read one after the other. Use them for an entity that no single query returns completely: for TaxCode, a query without a condition on Active leaves out inactive records, and a query with one leaves out other records. No two queries may return the same record. Requires `cursor: null`. */
  readonly also?: readonly string[];
  /** The fields that identify a record. Their values, joined with '|', become its id. For an entity with only one record, write an empty list; the id is then the name of the entity. */
  readonly key?: readonly string[];
  /** The key under which the API returns the records. By default it is the name of the entity. CreditCardPayment, for example, is returned under CreditCardPaymentTxn. */
  readonly answer_key?: string;
  /** Whether the API accepts positions, page sizes and counts for the entity. Write false for an entity with only one record, such as Preferences, which one answer contains completely. False requires `cursor: null`. */
  readonly paging?: boolean;
  /** Whether the API can order the entity by its cursor. If false, the runner halves the range until each part fits on one page. */
  readonly sortable?: boolean;
  /** Whether the API returns each record inside an object whose only member is named after the record's type, such as {"Invoice": {…}}. Key and cursor are then read from the inner record. RAW keeps the whole object. */
  readonly wrapped?: boolean;
  /** Fields that change with every read, such as a temporary link. A record that differs only in these fields is not written again. */
  readonly volatile?: readonly string[];
  /** The size of a window, in UTC. Windows are the unit of metrics, reprocessing and the ledger. */
  readonly window?: "hour" | "day" | "week" | "month";
  /** The number of records per API call. The API allows at most 1000. */
  readonly page_size?: number;
  /** The start of the first run that is given no range: a day such as 2020-01-01 or a time in UTC such as 2020-01-01T00:00:00Z. Quotes are optional. */
  readonly begin?: string;
  /** How many sealed windows a run without a range reads again before it continues after the last one. */
  readonly lookback?: number;
  /** How long ago the last sealed window may have ended before `qbo test` warns or fails. */
  readonly freshness?: {
    /** The age after which the test warns. */
    readonly warn_after?: {
      /** The number of periods. */
      readonly count: number;
      /** The length of a period. */
      readonly period: "minute" | "hour" | "day";
    };
    /** The age after which the test fails. */
    readonly error_after?: {
      /** The number of periods. */
      readonly count: number;
      /** The length of a period. */
      readonly period: "minute" | "hour" | "day";
    };
  };
  /** Labels by which specs can be selected, as in `qbo run tag:master`. */
  readonly tags?: readonly string[];
  /** Templates that this spec uses instead of the project's. Each is a file next to the spec or in the project's folder templates/. */
  readonly templates?: {
    /** Generates the DDL of the table, for example with partitions, generated columns or more indexes. */
    readonly table?: string;
    /** Generates the statement that loads a page. */
    readonly upsert?: string;
    /** Generates the query that reads a page. */
    readonly page?: string;
    /** Generates the query that counts records. */
    readonly count?: string;
  };
  /** Who answers for this entity's data: a person, a team or an address. */
  readonly owner?: string;
  /** A description of the entity for people. */
  readonly description?: string;
}

/** What holds for specs that do not say otherwise. */
export interface ProjectDefaults {
  /** The schema of a table that its spec does not name. */
  readonly schema?: string;
  /** The size of a window, in UTC. Windows are the unit of metrics, reprocessing and the ledger. */
  readonly window?: "hour" | "day" | "week" | "month";
  /** The number of records per API call. The API allows at most 1000. */
  readonly page_size?: number;
  /** The start of the first run that is given no range: a day such as 2020-01-01 or a time in UTC such as 2020-01-01T00:00:00Z. Quotes are optional. */
  readonly begin?: string;
  /** How many sealed windows a run without a range reads again before it continues after the last one. */
  readonly lookback?: number;
  /** Labels that every spec has in addition to its own. */
  readonly tags?: readonly string[];
}

/** `qbo.yml` as its author wrote it, once its shape is proven. */
export interface WrittenProject {
  /** The version of this format. Always 1. */
  readonly version: 1;
  /** Default values for keys that a spec leaves out. */
  readonly defaults?: ProjectDefaults;
  /** Values that specs insert with {{ var('name') }}. */
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
  /** The QuickBooks Online object type to read, spelled as in the API, for example Customer, Invoice or Account. */
  readonly entity: string;
  /** The PostgreSQL table that receives the records, written as schema.table in lower case. By default it is raw.qb_ followed by the plural of the entity, for example raw.qb_customers. */
  readonly table: string | undefined;
  /** The time field by which history is read, nearly always MetaData.LastUpdatedTime. Write null for a snapshot entity, which is read completely in each run. */
  readonly cursor: string | null;
  /** The statement in QuickBooks' query language, without order and paging, because the runner adds the window, the order and the pages. Without `where Active in (true, false)`, QuickBooks leaves out the inactive records of name lists such as Customer and Item. By default the query reads all records of the entity, including inactive ones. */
  readonly query: string | undefined;
  /** More queries for the same table. They are read one after the other. Use them for an entity that no single query returns completely: for TaxCode, a query without a condition on Active leaves out inactive records, and a query with one leaves out other records. No two queries may return the same record. Requires `cursor: null`. */
  readonly also: readonly string[];
  /** The fields that identify a record. Their values, joined with '|', become its id. For an entity with only one record, write an empty list; the id is then the name of the entity. */
  readonly key: readonly string[];
  /** The key under which the API returns the records. By default it is the name of the entity. CreditCardPayment, for example, is returned under CreditCardPaymentTxn. */
  readonly answerKey: string | undefined;
  /** Whether the API accepts positions, page sizes and counts for the entity. Write false for an entity with only one record, such as Preferences, which one answer contains completely. False requires `cursor: null`. */
  readonly paging: boolean;
  /** Whether the API can order the entity by its cursor. If false, the runner halves the range until each part fits on one page. */
  readonly sortable: boolean;
  /** Whether the API returns each record inside an object whose only member is named after the record's type, such as {"Invoice": {…}}. Key and cursor are then read from the inner record. RAW keeps the whole object. */
  readonly wrapped: boolean;
  /** Fields that change with every read, such as a temporary link. A record that differs only in these fields is not written again. */
  readonly volatile: readonly string[];
  /** The size of a window, in UTC. Windows are the unit of metrics, reprocessing and the ledger. */
  readonly window: "hour" | "day" | "week" | "month";
  /** The number of records per API call. The API allows at most 1000. */
  readonly pageSize: number;
  /** The start of the first run that is given no range: a day such as 2020-01-01 or a time in UTC such as 2020-01-01T00:00:00Z. Quotes are optional. */
  readonly begin: string | undefined;
  /** How many sealed windows a run without a range reads again before it continues after the last one. */
  readonly lookback: number;
  /** How long ago the last sealed window may have ended before `qbo test` warns or fails. */
  readonly freshness: {
    /** The age after which the test warns. */
    readonly warn_after?: {
      /** The number of periods. */
      readonly count: number;
      /** The length of a period. */
      readonly period: "minute" | "hour" | "day";
    };
    /** The age after which the test fails. */
    readonly error_after?: {
      /** The number of periods. */
      readonly count: number;
      /** The length of a period. */
      readonly period: "minute" | "hour" | "day";
    };
  } | undefined;
  /** Labels by which specs can be selected, as in `qbo run tag:master`. */
  readonly tags: readonly string[];
  /** Templates that this spec uses instead of the project's. Each is a file next to the spec or in the project's folder templates/. */
  readonly templates: {
    /** Generates the DDL of the table, for example with partitions, generated columns or more indexes. */
    readonly table?: string;
    /** Generates the statement that loads a page. */
    readonly upsert?: string;
    /** Generates the query that reads a page. */
    readonly page?: string;
    /** Generates the query that counts records. */
    readonly count?: string;
  };
  /** Who answers for this entity's data: a person, a team or an address. */
  readonly owner: string | undefined;
  /** A description of the entity for people. */
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
