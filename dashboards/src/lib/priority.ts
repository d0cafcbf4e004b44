import type { Asset } from '../gen/wire';

/** 1 critical … 4 low; 9 for none, so that the smallest is the worst. */
export type Rank = 1 | 2 | 3 | 4;
export const NO_RANK = 9;

const RANKS: Record<string, Rank> = { critical: 1, high: 2, medium: 3, low: 4 };
export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export function rankOf(priority: string): Rank {
  return RANKS[priority] ?? 4;
}

const HIDDEN = new Set(['shelved', 'suppressed', 'out-of-service']);
const UNACKNOWLEDGED = new Set(['unacknowledged', 'returned-unacknowledged', 'latched-unacknowledged']);

/** Shelved, suppressed or out of service: not annunciated. */
export function isHidden(state: string): boolean {
  return HIDDEN.has(state);
}

/** Still asks for an acknowledgement. */
export function isUnacknowledged(state: string): boolean {
  return UNACKNOWLEDGED.has(state);
}

/** How many active alarms of each priority, and how many hidden. */
export interface Tally {
  critical: number;
  high: number;
  medium: number;
  low: number;
  hidden: number;
}

/** Rank of an asset's annunciated state, `NO_RANK` when it is quiet. */
export function assetRank(asset: Pick<Asset, 'worst'>): number {
  const worst = asset.worst;
  return worst === null || isHidden(worst.state) || worst.state === 'normal' ? NO_RANK : rankOf(worst.priority);
}
