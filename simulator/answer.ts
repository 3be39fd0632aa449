/** An answer to one HTTP request. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Rows carried, for the request log. */
  readonly rows?: number;
  /** What becomes of the connection instead of, or while, sending the answer. */
  readonly connection?: "reset" | "cut" | "hang";
}

/** A request as the simulator's parts see it. */
export interface SimulatedRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer with a JSON body. QuickBooks sends errors without a charset (QuickBooks API facts, 2.4). */
export function jsonAnswer(status: number, body: string, extra: Partial<Answer> = {}): Answer {
  const contentType = status < 300 ? "application/json;charset=utf-8" : "application/json";
  return { status, contentType, body, ...extra };
}
