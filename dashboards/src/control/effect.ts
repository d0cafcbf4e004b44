import type { Command, Value } from '../gen/wire';

/** Which alarms of the point a new value would raise that the present one does not: kind and limit. */
export function crossed(limits: Value['limits'], before: number | null, after: number): Value['limits'] {
  const beyond = (kind: string, limit: number, v: number): boolean =>
    kind === 'high' || kind === 'high-high' ? v > limit : kind === 'low' || kind === 'low-low' ? v < limit : false;
  return limits.filter(([kind, limit]) => beyond(kind, limit, after) && (before === null || !beyond(kind, limit, before)));
}

/** What was typed as a number; null where it is none. A comma is read as the point of decimals. */
export function typed(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  const value = plain === '' ? NaN : Number(plain);
  return Number.isFinite(value) ? value : null;
}

const LIVE = new Set(['selected', 'executing']);

/** It holds its point. */
export const isLive = (command: Command): boolean => LIVE.has(command.state);

/** The command that matters for a point: the live one, else the newest. */
export function commandOf(commands: Iterable<Command>, point: string): Command | null {
  let found: Command | null = null;
  for (const c of commands) {
    if (c.point !== point) continue;
    if (found === null || (isLive(c) && !isLive(found)) || (isLive(c) === isLive(found) && c.selected_ms >= found.selected_ms)) found = c;
  }
  return found;
}
