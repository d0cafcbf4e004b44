import type { Alarm } from '../gen/wire';
import type { Language } from '../i18n/dict';
import { isUnacknowledged, rankOf } from '../lib/priority';

/** An alarm in its place in a list; replaced with every change of the alarm. */
export interface Entry {
  readonly alarm: Alarm;
  /** Unacknowledged before acknowledged, then by priority; the smallest first. */
  readonly order: number;
  readonly raised: number;
  /** What the place is known by: the same as long as the alarm stays where it is, and larger the later it came there. */
  readonly mark: number;
  /** It has left its list. */
  gone: boolean;
  /** What a filter may hit, lower case, in the language it was last looked for in; the same as long as the alarm exists. */
  words: string;
  wordsIn: Language | null;
  /** What was last looked for in it, and whether it was found. */
  asked: object | null;
  hit: boolean;
}

let marks = 0;

/** No mark until now is larger. */
export const newestMark = (): number => marks;

/** `before`: the entry it replaces. */
export function entryOf(alarm: Alarm, before: Entry | undefined): Entry {
  const order = (isUnacknowledged(alarm.state) ? 0 : 4) + rankOf(alarm.priority);
  const raised = alarm.raised_ms ?? 0;
  const stays = before !== undefined && before.order === order && before.raised === raised;
  return {
    alarm,
    order,
    raised,
    mark: stays ? before.mark : (marks += 1),
    gone: false,
    words: before?.words ?? '',
    wordsIn: before?.wordsIn ?? null,
    asked: null,
    hit: false,
  };
}

/** What a person must look at first: unacknowledged, then worst, then newest. */
export function compareEntries(a: Entry, b: Entry): number {
  return a.order - b.order || b.raised - a.raised || (a.alarm.id < b.alarm.id ? -1 : a.alarm.id > b.alarm.id ? 1 : 0);
}
