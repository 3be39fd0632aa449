import { describe, expect, it } from "vitest";
import { CountRefused } from "../errors.ts";
import { REAL_CLOCK } from "../real-clock.ts";
import { createBudget } from "./budget.ts";
import type { HttpResult } from "./http.ts";
import { Limiter, NO_RATES } from "./limiter.ts";
import { openSources } from "./open-sources.ts";

const signal = new AbortController().signal;

/** A source that receives these answers, one after the other. */
function sourceOf(...answers: HttpResult[]) {
  return openSources({
    company: { apiUrl: "http://localhost", realmId: "1" },
    send: async () => answers.shift() ?? ok({}),
    tokens: { accessToken: async () => "token" },
    log: () => undefined,
    clock: REAL_CLOCK,
    limits: new Limiter(NO_RATES, REAL_CLOCK),
    budget: createBudget(undefined),
  })();
}

const ok = (body: object): HttpResult => ({
  ok: true,
  text: "",
  json: { QueryResponse: body },
  tid: "",
  date: null,
});
const fault = (code: string, detail: string): HttpResult => ({
  ok: false,
  fault: { status: 400, code, message: "", type: "", detail, retryAfter: undefined, tid: "" },
});

describe("a count", () => {
  it.each([
    ["a fault", fault("4002", "Dear entity developer, pl implement count query")],
    ["an answer without a number", ok({})],
  ])("that is refused by %s is not a poison record", async (_, answer) => {
    const counted = sourceOf(answer).count("select count(*) from CustomerType", signal);
    await expect(counted).rejects.toThrow(CountRefused);
  });

  it("of an entity that the company lacks has its own failure", async () => {
    const counted = sourceOf(fault("4001", "Metadata not found for Entity: PriceLevel")).count("…", signal);
    await expect(counted).rejects.toMatchObject({ code: "QBO_NOT_AVAILABLE" });
  });

  it("that is refused after pages were answered concerns only the count, not the query", async () => {
    const refused = fault("4001", "QueryValidationError: anything");
    const first = sourceOf(refused).count("…", signal);
    await expect(first).rejects.toMatchObject({ code: "QBO_QUERY_REFUSED" });
    const source = sourceOf(ok({ CustomerType: [{}] }), refused);
    await source.page("…", "CustomerType", signal);
    await expect(source.count("…", signal)).rejects.toThrow(CountRefused);
  });
});
