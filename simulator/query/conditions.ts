import { compareIds } from "../company/compare-ids.ts";
import type { CompanyRecord } from "../company/record.ts";
import type { JsonValue } from "../json-text/json-value.ts";
import { pacificDate, parseInstant } from "../pacific-time.ts";
import type { Property } from "./properties.ts";
import { propertyValues } from "./property-value.ts";
import { queryValidationFault } from "./query-fault.ts";
import type { Condition, Literal, Operator } from "./statement.ts";

/** A predicate for one record. */
export type Predicate = (record: CompanyRecord) => boolean;

/** A condition with its resolved property. */
export interface BoundCondition extends Condition {
  readonly of: Property;
}

/** Creates the predicate of a condition. Undefined if it is true for every record. @param now UTC ms. */
export function compileCondition(condition: BoundCondition, now: number): Predicate | undefined {
  const { of: property, operator } = condition;
  const texts = condition.values.map((literal) => literalText(literal, now));
  if (property.name === "Active") return compileActive(operator, texts);
  const tests = texts.map((text) => compileTest(property, operator, text));
  return (record) => propertyValues(record, property).some((value) => tests.some((test) => test(value)));
}

/** The text of a literal; CURRENT_DATE is today in US Pacific time. */
function literalText(literal: Literal, now: number): string {
  if (literal.kind === "boolean") return String(literal.value);
  return literal.kind === "current-date" ? pacificDate(now) : literal.text;
}

function compileActive(operator: Operator, texts: readonly string[]): Predicate | undefined {
  const wanted = new Set(texts.map((text) => text.toLowerCase()));
  if (operator === "in" && wanted.has("true") && wanted.has("false")) return undefined;
  return (record) => wanted.has(String(record.active));
}

type ValueTest = (value: JsonValue | undefined) => boolean;

function compileTest(property: Property, operator: Operator, text: string): ValueTest {
  if (operator === "like") return compileLike(text);
  if (text.trim() === "" && (operator === "=" || operator === "in")) return isBlank;
  const compare = compileCompare(property, text);
  return (value) => {
    if (value === undefined || value === null) return false;
    const sign = compare(value);
    return !Number.isNaN(sign) && holds(operator, sign);
  };
}

function isBlank(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "";
}

function holds(operator: Operator, sign: number): boolean {
  if (operator === "<") return sign < 0;
  if (operator === ">") return sign > 0;
  if (operator === "<=") return sign <= 0;
  if (operator === ">=") return sign >= 0;
  return sign === 0;
}

/** Compares the value of a record with a literal, by the type of the property. Returns the sign of the difference. */
function compileCompare(property: Property, text: string): (value: JsonValue) => number {
  const invalid = () => queryValidationFault(`value ${text} is not valid for property ${property.name}`);
  if (property.type === "number") {
    const wanted = Number(text);
    if (Number.isNaN(wanted)) throw invalid();
    return (value) => Number(value) - wanted;
  }
  if (property.type === "time") {
    const wanted = parseInstant(text);
    if (wanted === undefined) throw invalid();
    return (value) => Number(value) - wanted;
  }
  if (property.type === "date") {
    if (parseInstant(text) === undefined) throw invalid();
    return compareTexts(text.trim().slice(0, 10));
  }
  if (property.type === "id") {
    return (value) => compareIds(String(value).toLowerCase(), text.toLowerCase());
  }
  return compareTexts(text);
}

/** Strings are compared without regard to case (QuickBooks API facts, 3.1). */
function compareTexts(text: string): (value: JsonValue) => number {
  const wanted = text.toLowerCase();
  return (value) => {
    const found = String(value).toLowerCase();
    return found === wanted ? 0 : found < wanted ? -1 : 1;
  };
}

function compileLike(pattern: string): ValueTest {
  const parts = pattern.split("%").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const like = new RegExp(`^${parts.join(".*")}$`, "isu");
  return (value) => value !== undefined && value !== null && like.test(String(value));
}
