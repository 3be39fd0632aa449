import { type Answer, jsonAnswer } from "./answer.ts";
import { envelope } from "./envelope.ts";
import { faultObject, lowerCaseFault, nginxPage, xmlFault } from "./fault-bodies.ts";
import type { FaultRule } from "./faults.ts";
import { forbidden, LIMIT, THROTTLE, throttled, unauthorized, validation } from "./gateway-answers.ts";
import { invalidGrant, oauthError } from "./oauth/token-endpoint.ts";

/** What is needed to build a fault. */
interface FaultContext {
  readonly rule: FaultRule;
  /** UTC ms. */
  readonly now: number;
  /** The access token of the request. A 401 repeats it. */
  readonly token: string;
}

/** The answer of a fault. Undefined for faults that need the real answer first (cut, lost answers, delay). */
export function faultAnswer(context: FaultContext): Answer | undefined {
  const build = ANSWERS[context.rule.fault];
  return build?.(context);
}

const ANSWERS: Readonly<Record<string, (context: FaultContext) => Answer>> = {
  "401": ({ now, token }) => unauthorized(`Token expired: ${token}`, now),
  "401-malformed": ({ now }) => unauthorized("Malformed bearer token: too short or too long", now),
  "403": ({ now }) => forbidden(now),
  "413": () => html(413, nginxPage("413 Request Entity Too Large")),
  "429-xml": ({ now }) => throttled(now),
  "429-json": ({ now }) =>
    jsonAnswer(429, lowerCaseFault({ message: THROTTLE, detail: LIMIT, code: "3001" }, "SERVICE", now)),
  "429-retry-after": ({ now, rule }) => ({
    ...throttled(now),
    headers: { "Retry-After": String(rule.retryAfter ?? 1) },
  }),
  "500": ({ now }) =>
    jsonAnswer(
      500,
      lowerCaseFault(
        {
          message: "message=InternalServerError; errorCode=003100; statusCode=500",
          detail: null,
          code: "3100",
        },
        "SERVICE",
        now,
      ),
    ),
  "500-html": () => html(500, nginxPage("500 Internal Server Error")),
  "502": () => html(502, nginxPage("502 Bad Gateway")),
  "503-html": () => html(503, nginxPage("503 Service Temporarily Unavailable")),
  "504": ({ now }) => ({
    status: 504,
    contentType: "application/xml",
    body: xmlFault(
      { code: "6002", message: "message=GatewayTimeout; errorCode=006002; statusCode=504" },
      "SERVICE",
      now,
    ),
  }),
  "200-fault": ({ now }) => jsonAnswer(200, systemFault(now)),
  "400-10000": ({ now }) => jsonAnswer(400, systemFault(now)),
  "4002": ({ now }) =>
    validation(
      400,
      {
        message: "Error processing query",
        detail: "QueryProcessingError: To email address entered is invalid",
        code: "4002",
      },
      now,
    ),
  hang: () => ({ status: 0, body: "", connection: "hang" }),
  reset: () => ({ status: 0, body: "", connection: "reset" }),
  "wrong-cluster": ({ now }) => ({
    status: 401,
    contentType: "application/xml",
    body: xmlFault(
      {
        code: "130",
        message: "Accessing Wrong Cluster",
        detail: "WrongClusterError: -11017-You have accessed the wrong server. statusCode: 401",
      },
      "AuthenticationFault",
      now,
    ),
  }),
  subscription: ({ now }) =>
    validation(
      400,
      {
        message: "message=SubscriptionLapsed; errorCode=007001; statusCode=400",
        detail: "Subscription for company has lapsed or Invalid destination URL",
        code: "7001",
      },
      now,
    ),
  "company-status": ({ now }) =>
    validation(
      400,
      {
        message: "Invalid Company Status",
        detail: "Subscription period has ended or canceled or there was a billing problem",
        code: "6190",
      },
      now,
    ),
  permission: ({ now }) =>
    validation(
      400,
      {
        message: "Permission Denied Error",
        detail: "You do not have permission to access this. : -11014-You do not have access",
        code: "5020",
      },
      now,
    ),
  // For an entity that the company's edition lacks, the answer is not certain (QuickBooks API facts, 7.2). These are
  // two likely ones.
  "no-entity": ({ now, rule }) =>
    validation(
      400,
      {
        message: "Invalid query",
        detail: `QueryValidationError: invalid context declaration: ${rule.match?.entity ?? "Entity"}`,
        code: "4001",
      },
      now,
    ),
  unsupported: ({ now, rule }) =>
    validation(
      400,
      {
        message: "Unsupported Operation",
        detail: `Operation QUERY ${(rule.match?.entity ?? "ENTITY").toUpperCase()} is not supported.`,
        code: "500",
      },
      now,
    ),
  "html-200": () =>
    html(
      200,
      "<html><head><title>We'll be back soon</title></head><body><h1>We'll be back soon</h1></body></html>",
    ),
  "invalid-json": () => jsonAnswer(200, '{"QueryResponse":{"Customer":[{"Id":"1",'),
  "empty-200": () => jsonAnswer(200, ""),
  invalid_grant: () => invalidGrant(),
  invalid_client: () => oauthError(401, "invalid_client"),
};

function systemFault(now: number): string {
  const error = {
    message: "An application error has occurred while processing your request",
    detail: "System Failure Error: java.lang.UnsupportedOperationException",
    code: "10000",
  };
  return envelope(`"Fault":${faultObject(error, "SystemFault")}`, now);
}

function html(status: number, body: string): Answer {
  return { status, contentType: "text/html", body };
}
