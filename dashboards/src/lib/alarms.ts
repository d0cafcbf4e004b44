/** The place to choose after a key moved the choice from `at` (-1: none) by `by`; -1 in an empty list. */
export function step(count: number, at: number, by: number): number {
  if (at < 0) return count === 0 ? -1 : by < 0 ? count - 1 : 0;
  return Math.min(count - 1, Math.max(0, at + by));
}
