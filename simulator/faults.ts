import type { RequestRecord, Route } from "./request-log.ts";

/** Every fault that a rule can cause. fault-answers.ts defines each of them. */
export const FAULT_KINDS = [
  ..."401 401-malformed 403 413 429-xml 429-json 429-retry-after 500 500-html 502 503-html 504".split(" "),
  ..."200-fault 400-10000 4002 hang cut reset lost-answer wrong-cluster subscription company-status".split(
    " ",
  ),
  ..."permission no-entity unsupported html-200 invalid-json empty-200 invalid_grant invalid_client lost-token-answer delay extra-row".split(
    " ",
  ),
] as const;

/** Which requests a rule applies to. An omitted member matches everything. */
export interface FaultMatch {
  readonly route?: Route;
  /** In upper or lower case. */
  readonly entity?: string;
  readonly statementIncludes?: string;
  /** true matches only COUNT(*) statements, false only others. */
  readonly count?: boolean;
}

/** A rule of the fault list. It lets `skip` matching requests pass and then hits `times` requests. */
export interface FaultRule {
  readonly match?: FaultMatch;
  readonly skip?: number;
  /** Without a limit if omitted. */
  readonly times?: number;
  readonly fault: string;
  /** Seconds for `429-retry-after`. */
  readonly retryAfter?: number;
  /** Milliseconds to wait before the fault, or before the real answer in the case of `delay`. */
  readonly delayMs?: number;
}

/** The active fault rules, in order. The first rule that hits a request is used. */
export class FaultRules {
  #rules: { readonly rule: FaultRule; skip: number; times: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, skip: rule.skip ?? 0, times: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** Returns the rule that hits a request, if any, and updates the counts of the rules. */
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
