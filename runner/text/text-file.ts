/** A text file. `file` is its path relative to the project's folder. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}
