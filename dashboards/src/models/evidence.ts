import type { Evidence } from '../gen/wire';
import { word, type Dict, type Language } from '../i18n/dict';
import { number, reading, span } from '../lib/format';
import { dayAndTime } from '../lib/time';

/** `99.1 to 101.5 kPa`, `above 99 kPa`; empty where there is no band. */
export function band(e: Pick<Evidence, 'low' | 'high'>, unit: string, t: Dict, language: Language): string {
  if (e.low !== null && e.high !== null) return t.models.between(number(e.low, language), reading(e.high, unit, language));
  if (e.low !== null) return t.models.above(reading(e.low, unit, language));
  if (e.high !== null) return t.models.below(reading(e.high, unit, language));
  return '';
}

/** Why this is not normal, in one sentence of the reader's language. */
export function evidenceSentence(e: Evidence, unit: string, t: Dict, language: Language, zone: string): string {
  const usual = band(e, unit, t, language);
  return [
    e.why === '' ? '' : word(t.models.why, e.why),
    e.expected === null ? '' : t.models.expectedIs(reading(e.expected, unit, language)),
    usual === '' ? '' : t.models.usualIs(usual),
    e.window_s > 0 ? t.models.overWindow(span(e.window_s * 1000, t)) : '',
    e.learned_from_ms === null ? '' : t.models.learnedSince(dayAndTime(e.learned_from_ms, language, zone)),
    t.models.sure(Math.round(e.confidence * 100)),
    e.degraded === '' ? '' : t.models.without(word(t.models.why, e.degraded)),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
