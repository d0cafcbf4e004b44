import type { Alarm, ShelveMax } from '../gen/wire';

/** Ways of hiding an alarm, and of ending it, as the hub's routes are called. */
export type Way = 'shelve' | 'suppress' | 'out-of-service';
export type End = 'unshelve' | 'unsuppress' | 'in-service';

/** The state each way makes, and the route that ends it. */
const WAYS: Record<Way, { state: string; end: End; role: string }> = {
  shelve: { state: 'shelved', end: 'unshelve', role: 'operator' },
  suppress: { state: 'suppressed', end: 'unsuppress', role: 'engineer' },
  'out-of-service': { state: 'out-of-service', end: 'in-service', role: 'engineer' },
};

const PRESETS = [15, 60, 4 * 60, 8 * 60, 24 * 60, 7 * 24 * 60];

/** Minutes an alarm of a priority may be shelved for: presets, and the longest the site allows. */
export function shelveTimes(priority: string, most: ShelveMax | undefined): number[] {
  const longest = most?.[priority as keyof ShelveMax] ?? 60;
  const times = PRESETS.filter((m) => m < longest);
  return [...times, longest];
}

/** What somebody may do to an alarm: hide it, show it again, reset its latch. */
export function hideWays(alarm: Alarm, may: (role: string) => boolean): { hide: Way[]; show: End[]; reset: boolean; decide: boolean } {
  const all = (Object.keys(WAYS) as Way[]).filter((way) => may(WAYS[way].role));
  const hidden = (way: Way): boolean => alarm.hidden.some((h) => h.how === WAYS[way].state && !h.by_design);
  const asked = alarm.request;
  return {
    hide: asked === null ? all.filter((way) => !hidden(way)) : [],
    show: all.filter(hidden).map((way) => WAYS[way].end),
    reset: alarm.state === 'latched-acknowledged' && may('operator'),
    decide: asked !== null && may(asked.what === 'shelve' ? 'operator' : 'engineer'),
  };
}
