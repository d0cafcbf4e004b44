import type { Alarm } from '../gen/wire';
import type { Language } from '../i18n/dict';
import { isUnacknowledged, rankOf } from '../lib/priority';

/** An alarm in its place in a list; replaced when the alarm moves, so that what stood still is known by identity. */
export interface Entry {
  readonly alarm: Alarm;
  /** Unacknowledged before acknowledged, then by priority; the smallest first. */
  readonly order: number;
  readonly raised: number;
  /** It has left its list. */
  gone: boolean;
  /** What a filter may hit, lower case, in the language it was last looked for in; the same as long as the alarm exists. */
  words: string;
  wordsIn: Language | null;
}

/** `before`: the entry it replaces. */
export function entryOf(alarm: Alarm, before: Entry | undefined): Entry {
  return {
    alarm,
    order: (isUnacknowledged(alarm.state) ? 0 : 4) + rankOf(alarm.priority),
    raised: alarm.raised_ms ?? 0,
    gone: false,
    words: before?.words ?? '',
    wordsIn: before?.wordsIn ?? null,
  };
}

/** What a person must look at first: unacknowledged, then worst, then newest. */
export function compareEntries(a: Entry, b: Entry): number {
  return a.order - b.order || b.raised - a.raised || (a.alarm.id < b.alarm.id ? -1 : a.alarm.id > b.alarm.id ? 1 : 0);
}
