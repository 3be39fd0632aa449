const DIGITS = /^\d+$/;

/** Orders Ids: digit strings of any length as numbers, then words in binary order. */
export function compareIds(a: string, b: string): number {
  const aDigits = DIGITS.test(a);
  if (aDigits !== DIGITS.test(b)) return aDigits ? -1 : 1;
  if (aDigits && a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
