import type { RequestRecord } from "./request-log.ts";

/** Changes that happen right after the n-th query from now, before its answer is sent. */
export interface Mutation {
  /** 1 is the next matching query. */
  readonly after: number;
  /** Only queries of this entity count. If omitted, all queries count. */
  readonly entity?: string;
  /** Raw JSON texts of actions, run in order. */
  readonly actions: readonly string[];
}

/** The mutations that are waiting for their query. */
export class Mutations {
  #waiting: { readonly mutation: Mutation; seen: number }[] = [];

  add(mutation: Mutation): void {
    this.#waiting.push({ mutation, seen: 0 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Counts an answered query, and removes and returns the actions that are due. */
  takeDue(request: RequestRecord): string[] {
    const due: string[] = [];
    for (const waiting of [...this.#waiting]) {
      const { entity, after, actions } = waiting.mutation;
      if (entity !== undefined && entity.toLowerCase() !== request.entity?.toLowerCase()) continue;
      waiting.seen++;
      if (waiting.seen < after) continue;
      due.push(...actions);
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
    }
    return due;
  }
}
