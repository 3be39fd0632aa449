import type { Company } from "../company/store.ts";
import type { BoundCondition } from "./conditions.ts";
import { type EntityInfo, findEntity } from "./entities.ts";
import { findProperty, type Property } from "./properties.ts";
import { type QueryFault, queryValidationFault } from "./query-fault.ts";
import type { Statement } from "./statement.ts";

/** A statement whose names have been resolved. */
export interface BoundStatement {
  readonly entity: EntityInfo;
  readonly conditions: readonly BoundCondition[];
  readonly order?: { readonly property: Property; readonly descending: boolean };
  /** Canonical paths of the requested columns. Undefined for whole records and counts. */
  readonly columns?: readonly (readonly string[])[];
  readonly isCount: boolean;
  /** 1-based, as requested. 0 is treated as 1. */
  readonly startPosition: number;
  readonly maxResults: number;
}

/** The default and the largest number of rows in an answer (QuickBooks API facts, 3.4). */
const DEFAULT_ROWS = 100;
const MOST_ROWS = 1000;

/** Resolves the entity and the properties of a statement. One that does not exist or is not queryable is fault 4001. */
export function bindStatement(company: Company, statement: Statement): BoundStatement {
  const entity = findEntity(statement.entity);
  if (!entity) throw queryValidationFault(`invalid context declaration: ${statement.entity}`);
  const { order, selection } = statement;
  const conditions = statement.conditions.map((condition) => ({
    ...condition,
    of: queryable(company, entity, condition.property, "filterable"),
  }));
  return {
    entity,
    conditions,
    ...(order && {
      order: {
        property: queryable(company, entity, order.property, "sortable"),
        descending: order.descending,
      },
    }),
    ...(selection.kind === "columns" && {
      columns: selection.columns.map((name) => columnPath(company, entity, name)),
    }),
    isCount: selection.kind === "count",
    ...checkPaging(statement),
  };
}

function queryable(
  company: Company,
  entity: EntityInfo,
  name: string,
  use: "filterable" | "sortable",
): Property {
  const property = findProperty(entity, name);
  if (property?.[use]) return property;
  if (property || isSeen(company, entity, name)) {
    throw queryValidationFault(`property '${property?.name ?? name}' is not queryable`);
  }
  throw notFound(entity, name);
}

/** A column can be any member that exists, even if it is not queryable. */
function columnPath(company: Company, entity: EntityInfo, name: string): readonly string[] {
  const property = findProperty(entity, name);
  if (property) return property.name.split(".");
  if (isSeen(company, entity, name)) return name.split(".");
  throw notFound(entity, name);
}

function isSeen(company: Company, entity: EntityInfo, name: string): boolean {
  const [first = ""] = name.toLowerCase().split(".");
  return company.store(entity).seenMembers.has(first);
}

function notFound(entity: EntityInfo, name: string): QueryFault {
  return queryValidationFault(`Property ${name} not found for Entity ${entity.name}`);
}

function checkPaging(statement: Statement): { startPosition: number; maxResults: number } {
  const { startPosition = 1, maxResults = DEFAULT_ROWS } = statement;
  if (maxResults > MOST_ROWS) {
    throw queryValidationFault(`value ${maxResults} is too large. Max allowed value is ${MOST_ROWS}`);
  }
  if (maxResults < 1) throw queryValidationFault(`value ${maxResults} is too small. Min allowed value is 1`);
  if (startPosition < 0) {
    throw queryValidationFault(`value ${startPosition} is too small. Min allowed value is 1`);
  }
  return { startPosition, maxResults };
}
