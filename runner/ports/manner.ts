/** What a signal does to a piece of work. */
export interface Manner {
  /** Whether a signal must not end it, because what it is about to store would be lost for good. A function is called at the
   * moment when the signal would end it. */
  readonly uninterruptible?: boolean | (() => boolean);
  /** Whether it records how the run ended. Then it may also start after the signal, for a short time. */
  readonly closing?: boolean;
}

export interface TransactionManner extends Manner {
  /** Whether the whole work may run again if its transaction collided with another one and was rolled back. */
  readonly repeatable?: boolean;
}
