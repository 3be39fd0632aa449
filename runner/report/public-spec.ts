import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";

/** A spec as it leaves the process: the keys of the spec format with every default filled in, and its name and file. What
 * is not set is null. If you remove or redefine a key, raise VERSION in `ls.ts` and MANIFEST_VERSION. */
export const toPublicSpec = (spec: EntitySpec) => ({
  name: spec.name,
  file: spec.file,
  entity: spec.entity,
  table: tableNameOf(spec),
  cursor: spec.cursor,
  query: spec.query,
  also: spec.also.map(({ query }) => query),
  key: spec.key,
  answer_key: spec.answerKey,
  paging: spec.paging,
  sortable: spec.sortable,
  wrapped: spec.wrapped,
  volatile: spec.volatile,
  window: spec.window,
  page_size: spec.pageSize,
  begin: spec.begin ?? null,
  lookback: spec.lookback,
  freshness: spec.freshness ?? null,
  tags: spec.tags,
  templates: spec.templates,
  owner: spec.owner ?? null,
  description: spec.description,
});
