import { encountered } from "./parser-error.ts";
import type { Token } from "./tokenize.ts";

/** Reads a list of tokens from left to right. An unexpected token is a fault 4000. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get next(): Token {
    return this.peek(0);
  }

  peek(ahead: number): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
    if (!token) throw new Error("a token list always has an end");
    return token;
  }

  advance(): Token {
    const token = this.next;
    this.#at++;
    return token;
  }

  skip(kind: Token["kind"], value: string): boolean {
    if (this.next.kind !== kind || this.next.value !== value) return false;
    this.#at++;
    return true;
  }

  take(kind: Token["kind"], value: string, expected: string): void {
    if (!this.skip(kind, value)) throw encountered(this.next, [expected]);
  }

  takeKind(kind: Token["kind"], expected: string): Token {
    if (this.next.kind !== kind) throw encountered(this.next, [expected]);
    return this.advance();
  }
}
