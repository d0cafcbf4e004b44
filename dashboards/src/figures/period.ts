/** Lengths of time a person may look at, milliseconds. */
export const PERIODS = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 };

export type Period = keyof typeof PERIODS;

/** The one an address names; the day where it names none. */
export function periodOf(word: string | null): Period {
  return word !== null && Object.hasOwn(PERIODS, word) ? (word as Period) : 'day';
}

/** How full a bar is, 0 to 1: a figure at its target is half of it. */
export function fill(value: number, target: number): number {
  if (value <= 0) return 0;
  return target <= 0 ? 1 : Math.min(1, value / (2 * target));
}

/** Months offered for a report, as `2026-10`, the newest first: two years, and the one that is wanted. */
export function monthsUntil(newest: string, wanted: string): string[] {
  const [year = 0, month = 1] = newest.split('-').map(Number);
  const months = Array.from({ length: 24 }, (_, back) => new Date(Date.UTC(year, month - 1 - back)).toISOString().slice(0, 7));
  return months.includes(wanted) ? months : [wanted, ...months];
}
