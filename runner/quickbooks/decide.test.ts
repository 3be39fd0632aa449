import { describe, expect, it } from "vitest";
import { type Decision, decide, formatFault, MAX_REFUSED, MAX_TRANSIENT, type Tries } from "./decide.ts";
import type { Fault } from "./faults.ts";

const fault = (status: number, rest: Partial<Fault> = {}): Fault => ({
  status,
  code: "",
  type: "",
  message: "m",
  detail: "",
  retryAfter: undefined,
  tid: "",
  ...rest,
});
const TRIES: Tries = { transient: 0, refused: 0, isPage: true };
const shown = (decision: Decision): string =>
  "code" in decision ? `${decision.kind} ${decision.code}` : `${decision.kind} ${decision.delayMs}`;
const what = (found: Fault, tries: Partial<Tries> = {}, random = 0.5): string =>
  shown(decide(found, { ...TRIES, ...tries }, random));

describe("the decision about a fault", () => {
  it.each([
    [401, "", "refresh 0"],
    [401, "130", "retry 250"],
    [200, "3200", "refresh 0"],
    [500, "3200", "retry 250"],
    [429, "", "pause 60000"],
    [403, "3001", "pause 60000"],
    [200, "3001", "pause 60000"],
    [500, "3001", "retry 250"],
    [403, "", "stop QBO_FORBIDDEN"],
    [200, "3100", "stop QBO_FORBIDDEN"],
    [500, "3100", "retry 250"],
    [400, "6190", "stop QBO_COMPANY_CLOSED"],
    [400, "007001", "stop QBO_COMPANY_CLOSED"],
    [400, "5020", "stop QBO_COMPANY_CLOSED"],
    [500, "120", "stop QBO_COMPANY_CLOSED"],
    [400, "4002", "refuse QBO_POISON_RECORD"],
    [500, "10000", "refuse QBO_POISON_RECORD"],
    [400, "500", "stop QBO_NOT_AVAILABLE"],
    [200, "500", "stop QBO_NOT_AVAILABLE"],
    [500, "500", "retry 250"],
    [400, "", "stop QBO_QUERY_REFUSED"],
    [404, "", "stop QBO_QUERY_REFUSED"],
    [200, "4000", "stop QBO_QUERY_REFUSED"],
    [200, "4001", "stop QBO_QUERY_REFUSED"],
    [200, "2010", "stop QBO_QUERY_REFUSED"],
    [200, "2030", "stop QBO_QUERY_REFUSED"],
    [200, "", "retry 250"],
    [500, "4001", "retry 250"],
    [0, "", "retry 250"],
  ])("with status %i and code %j is: %s", (status, code, expected) => {
    expect(what(fault(status, { code }))).toBe(expected);
  });

  it.each([
    [400, { detail: "Metadata not found for Entity: Budget" }, "stop QBO_NOT_AVAILABLE"],
    [400, { detail: "Invalid Context Declaration" }, "stop QBO_NOT_AVAILABLE"],
    [400, { code: "4001", detail: "metadata not found for entity" }, "stop QBO_NOT_AVAILABLE"],
    [500, { detail: "Metadata not found for Entity: Budget" }, "retry 250"],
    [400, { message: "this feature is off" }, "stop QBO_NOT_AVAILABLE"],
    [400, { detail: "budgets are not available" }, "stop QBO_NOT_AVAILABLE"],
    [200, { detail: "is Not Supported here" }, "stop QBO_NOT_AVAILABLE"],
    [400, { detail: "is not enabled" }, "stop QBO_NOT_AVAILABLE"],
    [400, { code: "4001", detail: "is not supported" }, "stop QBO_QUERY_REFUSED"],
    [400, { detail: "featured" }, "stop QBO_QUERY_REFUSED"],
    [400, { message: "errorCode=007001; statusCode=400" }, "stop QBO_COMPANY_CLOSED"],
  ] as const)("with status %i and %j is: %s", (status, words, expected) => {
    expect(what(fault(status, words))).toBe(expected);
  });

  it("reports that an entity is not counted only if a count was asked for", () => {
    for (const words of [{ message: "COUNT is off" }, { detail: "Total count not returned" }]) {
      expect(what(fault(400, words), { isPage: false })).toBe("refuse QBO_NOT_COUNTED");
      expect(what(fault(400, words))).toBe("stop QBO_QUERY_REFUSED");
    }
    expect(what(fault(400, { message: "no such account" }), { isPage: false })).toBe(
      "stop QBO_QUERY_REFUSED",
    );
    expect(what(fault(400, { code: "4002" }), { isPage: false })).toBe("refuse QBO_NOT_COUNTED");
  });

  it("is to renew the token twice, the second time after a wait", () => {
    const refused = fault(401);
    expect([0, 1, 2, 3].map((times) => what(refused, { refused: times }))).toEqual([
      "refresh 0",
      "refresh 1500",
      "stop QBO_UNAUTHORIZED",
      "stop QBO_UNAUTHORIZED",
    ]);
    expect(MAX_REFUSED).toBe(3);
    expect(what(refused, { refused: 1 }, 0)).toBe("refresh 1000");
  });

  it("is to wait as long as a 429 says, up to a quarter of an hour", () => {
    const wait = (retryAfter: number | undefined) => what(fault(429, { retryAfter }));
    expect([wait(undefined), wait(7), wait(900), wait(901)]).toEqual([
      "pause 60000",
      "pause 7000",
      "pause 900000",
      "stop QBO_THROTTLED",
    ]);
  });

  it("is to send the request six times in all, with random waits that grow", () => {
    const waits = Array.from({ length: MAX_TRANSIENT + 1 }, (_, transient) =>
      what(fault(503), { transient }),
    );
    expect(waits).toEqual([
      "retry 250",
      "retry 500",
      "retry 1000",
      "retry 2000",
      "retry 4000",
      "stop QBO_UNAVAILABLE",
      "stop QBO_UNAVAILABLE",
    ]);
    expect(what(fault(503), {}, 0)).toBe("retry 0");
    expect(what(fault(503), {}, 0.999)).toBe("retry 500");
  });

  it.each([fault(504), fault(0, { type: "timeout" })])("is a smaller page after two time-outs", (late) => {
    expect(what(late)).toBe("retry 250");
    expect(what(late, { transient: 1 })).toBe("refuse QBO_UNAVAILABLE");
    expect(what(late, { transient: 2 })).toBe("refuse QBO_UNAVAILABLE");
    expect(what(late, { transient: 1, isPage: false })).toBe("retry 500");
    expect(what(late, { transient: 5, isPage: false })).toBe("stop QBO_UNAVAILABLE");
  });

  it("comes with the fault itself and with what to do now", () => {
    for (const [status, code] of [
      [401, ""],
      [403, ""],
      [429, ""],
      [400, "6190"],
      [400, "4002"],
      [400, "500"],
      [400, "4001"],
      [503, ""],
    ] as const) {
      const found = fault(status, { code, retryAfter: 9999 });
      const decision = decide(found, { transient: 9, refused: 9, isPage: true }, 0);
      if (!("code" in decision)) throw new Error("the request is retried");
      expect(decision.message.endsWith(`: ${formatFault(found)}`)).toBe(true);
      expect(decision.message).toMatch(/^QuickBooks /);
      expect(decision.message).not.toContain("answered with a fault");
      expect(decision.hint).toMatch(/\w+ \w+/);
    }
  });
});

describe("a fault in one line", () => {
  it.each([
    [fault(0), "no answer, m"],
    [fault(500, { message: "" }), "HTTP 500, without a message"],
    [fault(400, { code: "4001", detail: "d\n  e", tid: "t" }), "HTTP 400 code 4001, m: d e (intuit_tid t)"],
    [fault(401, { detail: "token=secret" }), "HTTP 401, m"],
  ])("%# is readable", (found, expected) => {
    expect(formatFault(found)).toBe(expected);
  });
});
