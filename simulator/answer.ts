/** An answer to one HTTP request. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** The number of rows in the answer, for the request log. */
  readonly rows?: number;
  /** What happens to the connection, instead of sending the answer or while it is sent. */
  readonly connection?: "reset" | "cut" | "hang";
}

/** A request in the form that the parts of the simulator use. */
export interface SimulatedRequest {
  readonly method: string;
  readonly url: URL;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer with a JSON body. QuickBooks sends errors without a charset (QuickBooks API facts, 2.4). */
export function jsonAnswer(status: number, body: string, extra: Partial<Answer> = {}): Answer {
  const contentType = status < 300 ? "application/json;charset=utf-8" : "application/json";
  return { status, contentType, body, ...extra };
}
