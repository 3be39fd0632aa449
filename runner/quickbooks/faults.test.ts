import { describe, expect, it } from "vitest";
import { decide, formatFault, MAX_TRANSIENT } from "./decide.ts";
import { faultOf, faultOfNoAnswer } from "./faults.ts";

const fault = (
  status: number,
  body: string,
  retryAfter: string | null = null,
  date: string | null = null,
) => {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  const found = faultOf({ status, tid: "tid-1", retryAfter, date }, body, json);
  if (found === undefined) throw new Error("no fault");
  return found;
};

const LOWER = (_status: number, code: string, message: string, detail: string | null) =>
  JSON.stringify({
    warnings: null,
    fault: { error: [{ message, detail, code, element: null }], type: "AUTHENTICATION" },
    time: 1,
  });
const UPPER = (code: string, message: string, detail: string) =>
  JSON.stringify({
    Fault: { Error: [{ Message: message, Detail: detail, code }], type: "ValidationFault" },
    time: "…",
  });
const XML = (code: string, message: string) =>
  `<?xml version="1.0"?><IntuitResponse><Fault type="SERVICE"><Error code="${code}"><Message>${message}</Message><Detail>later</Detail></Error></Fault></IntuitResponse>`;

const fresh = { transient: 0, refused: 0, isPage: true };
const what = (found: ReturnType<typeof fault>, tries = fresh) => {
  const decision = decide(found, tries, 0.5);
  if (decision.kind === "refresh") return decision.delayMs === 0 ? "refresh" : "refresh after a wait";
  return "delayMs" in decision ? `${decision.kind} ${decision.delayMs}` : `${decision.kind} ${decision.code}`;
};

describe("every shape of a fault", () => {
  it.each([
    [
      "JSON in lower case",
      fault(401, LOWER(401, "3200", "AuthenticationFailed", "Token expired: AB01")),
      { code: "3200", message: "AuthenticationFailed" },
    ],
    [
      "JSON in upper case",
      fault(400, UPPER("4001", "Invalid query", "no such property")),
      { code: "4001", detail: "no such property" },
    ],
    [
      "XML",
      fault(429, XML("3001", "ThrottleExceeded")),
      { code: "3001", message: "ThrottleExceeded", detail: "later" },
    ],
    [
      "HTML",
      fault(503, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"),
      { code: "", message: "503 Service Temporarily Unavailable" },
    ],
    ["nothing", fault(502, ""), { code: "", message: "" }],
    [
      "200 with a Fault",
      fault(200, UPPER("10000", "An application error", "System Failure Error")),
      { code: "10000" },
    ],
    ["OAuth", fault(400, '{"error":"invalid_grant"}'), { oauthError: "invalid_grant" }],
  ])("%s is read", (_, found, expected) => {
    expect(found).toMatchObject(expected);
  });

  it("is not found in a good answer", () => {
    expect(
      faultOf({ status: 200, tid: "", retryAfter: null, date: null }, "{}", { QueryResponse: {} }),
    ).toBeUndefined();
  });
});

describe("decide", () => {
  it.each([
    ["a dead access token", fault(401, LOWER(401, "3200", "m", null)), "refresh"],
    ["the wrong cluster", fault(401, XML("130", "WrongClusterError")), "retry 250"],
    ["another company", fault(403, LOWER(403, "3100", "m", null)), "stop QBO_FORBIDDEN"],
    ["too many requests", fault(429, XML("3001", "m")), "pause 60000"],
    ["too many requests, with Retry-After", fault(429, "", "7"), "pause 7000"],
    ["500", fault(500, LOWER(500, "3100", "m", null)), "retry 250"],
    ["502", fault(502, "<html></html>"), "retry 250"],
    ["504", fault(504, XML("6002", "GatewayTimeout")), "retry 250"],
    ["413", fault(413, "<html></html>"), "retry 250"],
    ["a query that does not parse", fault(400, UPPER("4000", "m", "d")), "stop QBO_QUERY_REFUSED"],
    ["a query that is not valid", fault(400, UPPER("4001", "m", "d")), "stop QBO_QUERY_REFUSED"],
    ["a poison record", fault(400, UPPER("4002", "m", "d")), "refuse QBO_POISON_RECORD"],
    ["a system failure in a 200", fault(200, UPPER("10000", "m", "d")), "refuse QBO_POISON_RECORD"],
    ["a lapsed subscription", fault(400, UPPER("6190", "m", "d")), "stop QBO_COMPANY_CLOSED"],
    ["a user without rights", fault(400, UPPER("5020", "m", "d")), "stop QBO_COMPANY_CLOSED"],
  ])("answers %s", (_, found, expected) => {
    expect(what(found)).toBe(expected);
  });

  it("renews again after a second 401, with a wait, and stops after the third", () => {
    const refused = fault(401, LOWER(401, "3200", "m", null));
    expect([0, 1, 2].map((times) => what(refused, { ...fresh, refused: times }))).toEqual([
      "refresh",
      "refresh after a wait",
      "stop QBO_UNAUTHORIZED",
    ]);
  });

  it("stops after too many transient faults", () => {
    expect(what(fault(500, ""), { ...fresh, transient: MAX_TRANSIENT - 1 })).toBe("stop QBO_UNAVAILABLE");
  });

  it("waits longer with each try, up to a ceiling", () => {
    const waits = [0, 1, 2, 3].map((transient) => what(fault(503, ""), { ...fresh, transient }));
    expect(waits).toEqual(["retry 250", "retry 500", "retry 1000", "retry 2000"]);
  });

  it("keeps the token in the detail of a 401 out of the message", () => {
    expect(
      formatFault(fault(401, LOWER(401, "3200", "AuthenticationFailed", "Token expired: AB01secret"))),
    ).toBe("HTTP 401 code 3200, AuthenticationFailed (intuit_tid tid-1)");
  });

  it("asks for a smaller page after two time-outs, but not for a smaller count", () => {
    expect(what(fault(504, ""), { ...fresh, transient: 1 })).toBe("refuse QBO_UNAVAILABLE");
    expect(what(fault(504, ""), { ...fresh, transient: 1, isPage: false })).toBe("retry 500");
  });

  it.each([
    ["4002", "Error processing query", "QueryProcessingError: Error processing query"],
    ["4002", "Error processing query", "Dear entity developer, pl implement count query"],
    ["10000", "An application error", "System Failure Error"],
    ["4001", "Invalid query", "QueryValidationError: Total count not returned"],
  ])(
    "recognises an entity that is not counted, and does not call it a poison record: %s %s, %s",
    (code, message, detail) => {
      expect(what(fault(400, UPPER(code, message, detail)), { ...fresh, isPage: false })).toBe(
        "refuse QBO_NOT_COUNTED",
      );
    },
  );

  it("recognises an entity that the edition does not have by either message", () => {
    for (const words of ["Metadata not found for Entity: Budget", "invalid context declaration: Budget"]) {
      const found = fault(400, UPPER("4001", "Invalid query", `QueryValidationError: ${words}`));
      expect(what(found)).toBe("stop QBO_NOT_AVAILABLE");
      expect(what(found, { ...fresh, isPage: false })).toBe("stop QBO_NOT_AVAILABLE");
    }
  });

  it("goes by the code of a fault that comes with status 200", () => {
    expect(what(fault(200, UPPER("3200", "m", "d")))).toBe("refresh");
    expect(what(fault(200, UPPER("3001", "m", "d")))).toBe("pause 60000");
    expect(what(fault(200, UPPER("3100", "m", "d")))).toBe("stop QBO_FORBIDDEN");
  });

  it.each([
    ["99999999", "stop QBO_THROTTLED"],
    ["-5", "pause 60000"],
    ["1.5", "pause 60000"],
    ["0", "pause 60000"],
    ["Wed, 21 Oct 2015 07:28:00 GMT", "pause 1000"],
  ])("turns Retry-After %s into %s", (header, expected) => {
    expect(what(fault(429, "", header))).toBe(expected);
  });

  it("compares a date in Retry-After with the date of the answer, not with our clock", () => {
    const found = fault(429, "", "Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT");
    expect(what(found)).toBe("pause 30000");
  });
});

describe("the content of a fault", () => {
  const read = (body: string, status = 400) => fault(status, body);

  it.each([
    ["a number for code", '{"Fault":{"Error":{"code":3200,"Message":"m"}}}', { code: "3200", message: "m" }],
    ["an error that is not a list", '{"fault":{"error":{"CODE":"1"}},"error":7}', { code: "1", message: "" }],
    [
      "the first of several",
      UPPER("1", "a", "b").replace("}]", '},{"code":"2"}]'),
      { code: "1", detail: "b" },
    ],
    ["no error at all", '{"Fault":{"type":"T"}}', { type: "T", code: "", message: "", detail: "" }],
    ["an empty list", '{"Fault":{"Error":[]}}', { code: "", message: "" }],
  ])("is read from %s", (_, body, expected) => {
    expect(read(body)).toMatchObject(expected);
    expect(read(body)).not.toHaveProperty("oauthError");
  });

  it("is not found if only the word occurs and the status is 200", () => {
    const head = { status: 200, tid: "", retryAfter: null, date: null };
    for (const json of [{ fault: null }, {}, [], "fault", null])
      expect(faultOf(head, JSON.stringify(json), json)).toBeUndefined();
    // A record may contain the text "<Fault>".
    expect(faultOf(head, '{"a":"<Fault>"}', { a: "<Fault>" })).toBeUndefined();
    expect(faultOf(head, "<Faulty/>", undefined)).toBeUndefined();
    expect(faultOf(head, "<Fault/>", undefined)).toBeUndefined();
    expect(faultOf(head, "<Fault></Fault>", undefined)).toMatchObject({ code: "", message: "" });
  });

  it("is read from XML, without surrounding blanks", () => {
    const xml =
      '<IntuitResponse><Fault a="b" type="SERVICE"><Error element="x" code="3001"><Message> m </Message><Detail>\nd</Detail></Error></Fault></IntuitResponse>';
    expect(read(xml)).toMatchObject({ code: "3001", type: "SERVICE", message: "m", detail: "d" });
  });

  it("is the title of a page, or its first words up to a limit", () => {
    expect(read("<html><h1 class='x'>Bad\n  Gateway</h1>more</html>").message).toBe("Bad Gateway");
    expect(read("<p>one</p>\n\n<p>two</p>").message).toBe("one two");
    expect(read(` ${"x".repeat(500)}`).message).toHaveLength(120);
  });

  it.each([
    ["120", 120],
    ["0", undefined],
    ["1234567890123456", undefined],
    ["soon", undefined],
    ["5s", undefined],
    [new Date(Date.now() + 90_000).toUTCString(), expect.closeTo(90, -1)],
  ])("has the seconds to wait from Retry-After %j", (header, seconds) => {
    expect(fault(429, "", header).retryAfter).toEqual(seconds);
  });
});

describe("no answer", () => {
  const coded = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });

  it.each([
    [coded, "ECONNREFUSED connect"],
    [new TypeError("fetch failed", { cause: coded }), "ECONNREFUSED connect"],
    [new Error("plain"), "plain"],
    [Object.assign(new Error(""), { code: "ECONNRESET" }), "ECONNRESET"],
    [Object.assign(new Error("odd"), { code: 7 }), "odd"],
    ["text", "text"],
  ])("is explained by its cause: %s", (error, message) => {
    expect(faultOfNoAnswer(error, false)).toEqual({
      status: 0,
      code: "",
      type: "network",
      message,
      detail: "",
      retryAfter: undefined,
      tid: "",
    });
    expect(faultOfNoAnswer(error, true).type).toBe("timeout");
  });
});
