import type { Alarm } from '../gen/wire';

/** Names out of a comma-separated list. */
export function names(text: string | null): string[] {
  return (text ?? '').split(',').map((n) => n.trim()).filter((n) => n !== '');
}

/** Whether an alarm is among those of the chosen positions; without a choice all are. */
export function isOf(alarm: Pick<Alarm, 'position'>, chosen: readonly string[], known: readonly string[]): boolean {
  // A choice of which nothing exists any more must not make a silent screen.
  const real = chosen.filter((n) => known.includes(n));
  return real.length === 0 || real.includes(alarm.position) || !known.includes(alarm.position);
}
