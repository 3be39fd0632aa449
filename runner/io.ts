/** The two streams of a command: results go to `out`, everything else to `err`. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal that shows colours. */
  readonly colour: boolean;
  /** Whether `err` is a terminal. */
  readonly terminal: boolean;
}
