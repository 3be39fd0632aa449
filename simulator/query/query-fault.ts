/** A statement that the service refuses, with HTTP 400 (QuickBooks API facts, 3.10). */
export class QueryFault extends Error {
  readonly code: "4000" | "4001" | "4002";
  readonly detail: string;

  constructor(code: "4000" | "4001" | "4002", message: string, detail: string) {
    super(message);
    this.name = "QueryFault";
    this.code = code;
    this.detail = detail;
  }
}

/** 4000: the statement cannot be parsed. */
export function queryParserFault(text: string): QueryFault {
  return new QueryFault("4000", "Error parsing query", `QueryParserError: ${text}`);
}

/** 4001: the statement is well formed, but it names something that does not exist or is not allowed. */
export function queryValidationFault(text: string): QueryFault {
  return new QueryFault("4001", "Invalid query", `QueryValidationError: ${text}`);
}

/** 4002: a record of the page cannot be written out. */
export function queryProcessingFault(text: string): QueryFault {
  return new QueryFault("4002", "Error processing query", `QueryProcessingError: ${text}`);
}
