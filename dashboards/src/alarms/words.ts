import type { Alarm } from '../gen/wire';
import { word, type Dict, type Language } from '../i18n/dict';
import type { Entry } from '../live/entry';
import { alarmTitle } from './text';

/** What stays as long as the alarm exists. */
function lasting(alarm: Alarm, t: Dict, language: Language): string {
  return [alarm.asset, alarm.asset_name, alarm.area, alarm.point, alarm.kind, alarmTitle(alarm, t, language)].join(' ').toLowerCase();
}

/** Worked out once an alarm and language. */
export function wordsOf(entry: Entry, t: Dict, language: Language): string {
  if (entry.wordsIn !== language) {
    entry.words = lasting(entry.alarm, t, language);
    entry.wordsIn = language;
  }
  return entry.words;
}

/** A word of the hub with its translation, each worked out once. */
function translated(words: Record<string, string>): (key: string) => string {
  const known = new Map<string, string>();
  return (key) => {
    let text = known.get(key);
    if (text === undefined) known.set(key, (text = `${key} ${word(words, key)}`.toLowerCase()));
    return text;
  };
}

/** What is looked for: itself the name of the question. */
export type Query = (entry: Entry) => boolean;

/** Of a list, what was found until now, and how many of it are yet to be looked at. */
export interface Sifted {
  found: readonly Entry[];
  left: number;
}

/** Alarms looked at between two looks at the clock. */
const BETWEEN = 64;

/** Looks for so long, ms; what is known of the same question is not asked again, so that the next share goes on from there. */
export function sift(entries: readonly Entry[], query: Query, share: number, now: () => number): Sifted {
  const end = now() + share;
  const found: Entry[] = [];
  let [left, asked, late] = [0, 0, false];
  for (const entry of entries) {
    if (entry.asked !== query) {
      if (late) {
        left += 1;
        continue;
      }
      asked += 1;
      late = asked % BETWEEN === 0 && now() >= end;
      entry.asked = query;
      entry.hit = query(entry);
    }
    if (entry.hit) found.push(entry);
  }
  return { found, left };
}

/** Those of which every word of the query is in the alarm's text, translations included; null where all are. */
export function matching(query: string, t: Dict, language: Language): Query | null {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter((w) => w !== '');
  if (wanted.length === 0) return null;
  const [states, priorities] = [translated(t.alarmState), translated(t.priority)];
  return (entry) => {
    const text = wordsOf(entry, t, language);
    const { state, priority, incident } = entry.alarm;
    return wanted.every((w) => text.includes(w) || states(state).includes(w) || priorities(priority).includes(w) || (incident !== null && incident.includes(w)));
  };
}
