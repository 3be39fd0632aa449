import type { RequestRecord, Route } from "./request-log.ts";

/** Every fault a rule can cause; fault-answers.ts says what each one is. */
export const FAULT_KINDS = [
  ..."401 401-malformed 403 413 429-xml 429-json 429-retry-after 500 500-html 502 503-html 504".split(" "),
  ..."200-fault 400-10000 4002 hang cut reset lost-answer wrong-cluster subscription company-status".split(
    " ",
  ),
  ..."permission no-entity unsupported html-200 invalid-json empty-200 invalid_grant invalid_client lost-token-answer delay extra-row".split(
    " ",
  ),
] as const;

/** Which requests a rule is for; what is left out matches everything. */
export interface FaultMatch {
  readonly route?: Route;
  /** Any case. */
  readonly entity?: string;
  readonly statementIncludes?: string;
  /** true: only COUNT(*) statements, false: only others. */
  readonly count?: boolean;
}

/** A rule of the fault list: it lets `skip` matching requests pass, then strikes `times` times. */
export interface FaultRule {
  readonly match?: FaultMatch;
  readonly skip?: number;
  /** For ever when left out. */
  readonly times?: number;
  readonly fault: string;
  /** Seconds for `429-retry-after`. */
  readonly retryAfter?: number;
  /** Milliseconds waited before the fault, or by `delay` before the real answer. */
  readonly delayMs?: number;
}

/** The fault rules in force, in order; the first that strikes wins. */
export class FaultRules {
  #rules: { readonly rule: FaultRule; skip: number; times: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, skip: rule.skip ?? 0, times: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The rule that strikes a request, if any; counts are moved on. */
  strike(request: RequestRecord): FaultRule | undefined {
    for (const entry of this.#rules) {
      if (entry.times <= 0 || !isMatch(entry.rule.match ?? {}, request)) continue;
      if (entry.skip > 0) {
        entry.skip--;
        continue;
      }
      entry.times--;
      return entry.rule;
    }
    return undefined;
  }
}

function isMatch(match: FaultMatch, request: RequestRecord): boolean {
  const statement = (request.statement ?? "").toLowerCase();
  if (match.route !== undefined && match.route !== request.route) return false;
  if (match.route === undefined && request.route === "token") return false;
  if (match.entity !== undefined && match.entity.toLowerCase() !== request.entity?.toLowerCase())
    return false;
  if (match.statementIncludes !== undefined && !statement.includes(match.statementIncludes.toLowerCase())) {
    return false;
  }
  return match.count === undefined || match.count === /count\s*\(/.test(statement);
}
