import type { CompanyRecord } from "../company/record.ts";
import type { Company } from "../company/store.ts";
import { parseInstant } from "../pacific-time.ts";
import type { BoundStatement } from "./bind.ts";
import { type BoundCondition, compileCondition, type Predicate } from "./conditions.ts";
import { defaultOrder, propertyOrder } from "./order.ts";

/** A part of a list, read forwards or backwards. */
interface Candidates {
  readonly list: readonly CompanyRecord[];
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly backwards: boolean;
}

/** The records of the requested page. @param now UTC ms. */
export function selectRecords(company: Company, statement: BoundStatement, now: number): CompanyRecord[] {
  const matches = compileAll(statement, now);
  const candidates = findCandidates(company, statement);
  if (statement.entity.kind === "singleton") return pageOf(candidates, matches, 0, 1);
  return pageOf(candidates, matches, Math.max(statement.startPosition, 1) - 1, statement.maxResults);
}

/** The number of matching records, whatever page is requested. @param now UTC ms. */
export function countRecords(company: Company, statement: BoundStatement, now: number): number {
  const store = company.store(statement.entity);
  const range = timeRange(company, statement);
  const matches = compileAll(statement, now);
  if (matches.length === 0) return range.to - range.from;
  let count = 0;
  for (let at = range.from; at < range.to; at++) {
    const record = store.byTime()[at];
    if (record && matches.every((match) => match(record))) count++;
  }
  return count;
}

/** The binary search handles the time bounds. Inactive records are hidden unless the statement mentions Active. */
function compileAll({ entity, conditions }: BoundStatement, now: number): Predicate[] {
  const rest = conditions.filter((condition) => !isTimeBound(condition));
  const matches = rest
    .map((condition) => compileCondition(condition, now))
    .filter((match) => match !== undefined);
  const mentionsActive = conditions.some((condition) => condition.of.name === "Active");
  if (entity.active && !mentionsActive) matches.push((record) => record.active);
  // TAX, NON and CustomSalesTax have no Active. Whether a condition on it returns them is unknown. Leaving them out is
  // the stricter assumption (QuickBooks API facts, 13.4).
  if (entity.name === "TaxCode" && mentionsActive)
    matches.push((record) => record.fields["Active"] !== undefined);
  return matches;
}

function findCandidates(company: Company, statement: BoundStatement): Candidates {
  const { entity, order } = statement;
  const store = company.store(entity);
  const range = timeRange(company, statement);
  const byTime = order ? order.property.name === UPDATED : entity.defaultOrder === "time";
  if (byTime) {
    const backwards = order ? order.descending : true;
    return { list: store.byTime(), ...range, backwards };
  }
  const wanted = order ? propertyOrder(order.property) : defaultOrder(entity);
  const whole = range.from === 0 && range.to === store.size;
  const list = whole
    ? store.ordered(wanted.name, wanted.sort)
    : wanted.sort(store.byTime().slice(range.from, range.to));
  return { list, from: 0, to: list.length, backwards: order?.descending ?? false };
}

function pageOf(
  { list, from, to, backwards }: Candidates,
  matches: readonly Predicate[],
  skip: number,
  take: number,
): CompanyRecord[] {
  const rows: CompanyRecord[] = [];
  let toSkip = matches.length === 0 ? 0 : skip;
  const jump = skip - toSkip;
  for (let step = jump; step < to - from && rows.length < take; step++) {
    const record = list[backwards ? to - 1 - step : from + step];
    if (!record || !matches.every((match) => match(record))) continue;
    if (toSkip > 0) toSkip--;
    else rows.push(record);
  }
  return rows;
}

const UPDATED = "MetaData.LastUpdatedTime";

function isTimeBound({ of: property, operator, values }: BoundCondition): boolean {
  const [value] = values;
  const text = value?.kind === "text" ? value.text : "";
  return (
    property.name === UPDATED && operator !== "in" && operator !== "like" && parseInstant(text) !== undefined
  );
}

/** The part of the time-ordered list within the bounds of LastUpdatedTime. Instants are compared, not texts. */
function timeRange(company: Company, statement: BoundStatement): { from: number; to: number } {
  const store = company.store(statement.entity);
  let from = 0;
  let to = store.size;
  for (const condition of statement.conditions) {
    const [value] = condition.values;
    if (!isTimeBound(condition) || value?.kind !== "text") continue;
    const instant = parseInstant(value.text) ?? 0;
    const { operator } = condition;
    if (operator === ">=" || operator === "=") from = Math.max(from, store.firstAtOrAfter(instant));
    if (operator === ">") from = Math.max(from, store.firstAtOrAfter(instant + 1));
    if (operator === "<") to = Math.min(to, store.firstAtOrAfter(instant));
    if (operator === "<=" || operator === "=") to = Math.min(to, store.firstAtOrAfter(instant + 1));
  }
  return { from, to: Math.max(from, to) };
}
