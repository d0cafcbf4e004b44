import type { Assignment } from '../gen/wire';

/** What the crew says next, and the word of the contract for it. */
export type Step = 'en-route' | 'on-scene' | 'made-safe' | 'restored' | 'complete';

const NEXT: Record<string, Step> = { accepted: 'en-route', 'en-route': 'on-scene', 'on-scene': 'made-safe', 'made-safe': 'restored', restored: 'complete' };

export function nextStep(state: string): Step | null {
  return NEXT[state] ?? null;
}

/** The steps shown as a bar, in order. */
export const BAR = ['accepted', 'en-route', 'on-scene', 'made-safe', 'restored'] as const;

/** How many parts of the bar are done; 0 while only offered. */
export function reached(state: string): number {
  return (BAR as readonly string[]).indexOf(state === 'complete' ? 'restored' : state) + 1;
}

const ACTIVE = ['restored', 'made-safe', 'on-scene', 'en-route', 'accepted', 'offered'];

/** The assignment this crew must look at: the work it is on, before a page. */
export function current(assignments: readonly Assignment[]): Assignment | null {
  const running = assignments.filter((a) => ACTIVE.includes(a.state));
  running.sort((a, b) => ACTIVE.indexOf(a.state) - ACTIVE.indexOf(b.state) || a.offered_ms - b.offered_ms);
  return running[0] ?? null;
}
