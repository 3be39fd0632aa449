/** The API of one company, as the run needs it. */
export interface Source {
  /** Throws `PageRefused` where a smaller page might be answered. */
  readonly page: (statement: string, answerKey: string, signal: AbortSignal) => Promise<SourcePage>;
  /** Throws `CountRefused` where the API does not count the entity. */
  readonly count: (statement: string, signal: AbortSignal) => Promise<number>;
  /** Requests that this source has sent so far, retries included. */
  readonly calls: () => number;
}

export interface SourcePage {
  /** The whole answer as it came. */
  readonly text: string;
  readonly records: Records;
  /** When the page was asked for, by this machine's clock or the source's, whichever is behind. Milliseconds since 1970. */
  readonly asOf: number;
  /** How far the source's clock is behind ours; milliseconds. */
  readonly behind: number;
}

/** The records of a page. Each is parsed when it is asked for: the objects of a whole page at once take several times the
 * memory of its text, and most of what a run would leave to the garbage collector. */
export interface Records {
  readonly length: number;
  readonly at: (index: number) => unknown;
  readonly map: <T>(visit: (record: unknown, index: number) => T) => T[];
  /** A record as it came; absent where the answer has an unusual form. */
  readonly textAt?: (index: number) => string;
}
