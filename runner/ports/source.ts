/** The API of one company, as a run needs it. */
export interface Source {
  /** Throws `PageRefused` if the API might answer a smaller page. */
  readonly page: (statement: string, answerKey: string, signal: AbortSignal) => Promise<SourcePage>;
  /** Throws `CountRefused` if the API does not count the entity. */
  readonly count: (statement: string, signal: AbortSignal) => Promise<number>;
  /** How many requests this source has sent so far, including retries. */
  readonly calls: () => number;
}

export interface SourcePage {
  /** The whole answer, exactly as it came. */
  readonly text: string;
  readonly records: Records;
  /** When the page was requested, by this machine's clock or the source's, whichever is behind. Milliseconds since 1970. */
  readonly asOf: number;
  /** How far the source's clock is behind ours, in milliseconds. */
  readonly behind: number;
}

/** The records of a page. Each record is parsed when it is requested. Parsing a whole page at once would take several times
 * the memory of its text, and would be most of what a run leaves to the garbage collector. */
export interface Records {
  readonly length: number;
  readonly at: (index: number) => unknown;
  readonly map: <T>(visit: (record: unknown, index: number) => T) => T[];
  /** A record exactly as it came. Absent if the answer has an unusual form. */
  readonly textAt?: (index: number) => string;
}
