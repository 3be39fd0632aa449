/** A place in a text: an offset and a length, in UTF-16 units. */
export interface Span {
  readonly at: number;
  readonly length: number;
}
