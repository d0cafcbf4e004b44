import type { Alarm } from '../gen/wire';
import { isHidden, isUnacknowledged, rankOf } from './priority';

/** What a person must look at first: unacknowledged, then worst, then newest. */
export function compareAlarms(a: Alarm, b: Alarm): number {
  return (
    Number(isUnacknowledged(b.state)) - Number(isUnacknowledged(a.state)) ||
    rankOf(a.priority) - rankOf(b.priority) ||
    (b.raised_ms ?? 0) - (a.raised_ms ?? 0) ||
    (a.id < b.id ? -1 : 1)
  );
}

/** Every word of the query must be in the alarm's text; `words` adds its translations. */
export function matches(alarm: Alarm, query: string, words: string): boolean {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return true;
  const text = [alarm.asset, alarm.asset_name, alarm.area, alarm.point, alarm.kind, alarm.priority, alarm.state, alarm.incident ?? '', words]
    .join(' ')
    .toLowerCase();
  return wanted.split(/\s+/).every((w) => text.includes(w));
}

export function activeAlarms(alarms: Iterable<Alarm>): Alarm[] {
  return [...alarms].filter((a) => a.state !== 'normal' && !isHidden(a.state)).sort(compareAlarms);
}

export function hiddenAlarms(alarms: Iterable<Alarm>): Alarm[] {
  return [...alarms].filter((a) => isHidden(a.state)).sort(compareAlarms);
}

/** The id to select after `id` left the list or a key moved the choice by `by`. */
export function step(ids: readonly string[], id: string | null, by: number): string | null {
  if (ids.length === 0) return null;
  const at = id === null ? -1 : ids.indexOf(id);
  if (at < 0) return ids[by < 0 ? ids.length - 1 : 0] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))] ?? null;
}
