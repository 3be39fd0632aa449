import { formatPacificMillis } from "./pacific-time.ts";

/** One error of the upper-case fault shape. */
export interface FaultError {
  readonly message: string;
  readonly detail: string;
  readonly code: string;
  readonly element?: string;
}

/** `{"Error":[…],"type":"ValidationFault"}`, as in HTTP 400 bodies and batch items (QuickBooks API facts, 3.10). */
export function faultObject(
  { message, detail, code, element }: FaultError,
  type = "ValidationFault",
): string {
  const error = { Message: message, Detail: detail, code, ...(element === undefined ? {} : { element }) };
  return JSON.stringify({ Error: [error], type });
}

/** The lower-case body of 401, 403 and 5xx, with `time` in epoch milliseconds (QuickBooks API facts, 4.3). */
export function lowerCaseFault(
  error: { readonly message: string; readonly detail: string | null; readonly code: string },
  type: string,
  now: number,
): string {
  return JSON.stringify({
    warnings: null,
    intuitObject: null,
    fault: { error: [{ ...error, element: null }], type },
    report: null,
    queryResponse: null,
    batchItemResponse: [],
    attachableResponse: [],
    syncErrorResponse: null,
    requestId: null,
    time: now,
    status: null,
    cdcresponse: [],
  });
}

/** The XML fault that gateways send, whatever Accept says (QuickBooks API facts, 4.2 and 4.5). */
export function xmlFault(
  error: { readonly code: string; readonly message: string; readonly detail?: string },
  type: string,
  now: number,
): string {
  const detail = error.detail === undefined ? "" : `<Detail>${escapeXml(error.detail)}</Detail>`;
  return (
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` +
    `<IntuitResponse time="${formatPacificMillis(now)}" xmlns="http://schema.intuit.com/finance/v3">` +
    `<Fault type="${type}"><Error code="${error.code}"><Message>${escapeXml(error.message)}</Message>${detail}` +
    `</Error></Fault></IntuitResponse>`
  );
}

/** A page of the web server in front of the API, as for 502 and 413. */
export function nginxPage(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}

/** Escapes text for XML. Characters that XML cannot hold become the replacement character. */
export function escapeXml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text
    .replace(/[&<>"]/g, (char) => escapes[char] ?? char)
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}
