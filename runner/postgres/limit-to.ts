/** Lets at most `most` pieces of work run at the same time. The others wait and start in the order in which they came. */
export function limitTo(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      // The next one that waits takes this place. If none waits, the place becomes free.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
