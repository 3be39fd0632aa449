import { type Answer, jsonAnswer } from "./answer.ts";
import { envelope } from "./envelope.ts";
import { type FaultError, faultObject, lowerCaseFault, xmlFault } from "./fault-bodies.ts";

/** The message and detail of code 3001 (QuickBooks API facts, 4.2). */
export const THROTTLE = "message=ThrottleExceeded; errorCode=003001; statusCode=429";
export const LIMIT = "The request limit was reached.  Try again later";

/** 401 with code 3200 (QuickBooks API facts, 4.3). */
export function unauthorized(detail: string, now: number): Answer {
  const error = {
    message: "message=AuthenticationFailed; errorCode=003200; statusCode=401",
    detail,
    code: "3200",
  };
  return jsonAnswer(401, lowerCaseFault(error, "AUTHENTICATION", now), {
    headers: { "WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"' },
  });
}

/** 403 with code 3100: another realm or environment (QuickBooks API facts, 4.4). */
export function forbidden(now: number): Answer {
  const message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403";
  return jsonAnswer(403, lowerCaseFault({ message, detail: null, code: "3100" }, "SERVICE", now));
}

/** 429 as XML, whatever Accept says (QuickBooks API facts, 4.2). */
export function throttled(now: number): Answer {
  const body = xmlFault({ code: "3001", message: THROTTLE, detail: LIMIT }, "SERVICE", now);
  return { status: 429, contentType: "application/xml", body };
}

/** An upper-case fault with `time`. */
export function validation(status: number, error: FaultError, now: number): Answer {
  return jsonAnswer(status, envelope(`"Fault":${faultObject(error)}`, now));
}
