/** A file of text, by its path from the project's folder. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}
