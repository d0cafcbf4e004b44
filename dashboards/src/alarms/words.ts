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

/** Those of which every word of the query is in the alarm's text, translations included; null where all are. */
export function matching(query: string, t: Dict, language: Language): ((entry: Entry) => boolean) | null {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter((w) => w !== '');
  if (wanted.length === 0) return null;
  const [states, priorities] = [translated(t.alarmState), translated(t.priority)];
  return (entry) => {
    const text = wordsOf(entry, t, language);
    const { state, priority, incident } = entry.alarm;
    return wanted.every((w) => text.includes(w) || states(state).includes(w) || priorities(priority).includes(w) || (incident !== null && incident.includes(w)));
  };
}
