import type { Language } from '../i18n/dict';

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(language: Language, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language}|${zone}|${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { timeZone: zone, hourCycle: 'h23', ...options });
    cache.set(key, found);
  }
  return found;
}

/** Time of day at the site: `03:12:47`. */
export function timeOfDay(ms: number, language: Language, zone: string): string {
  return formatter(language, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms);
}

/** Day and time at the site, for rows that may be older than a day. */
export function dayAndTime(ms: number, language: Language, zone: string): string {
  return formatter(language, zone, { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms);
}

/** Time of day today, with the day before it when `ms` is of another day. */
export function when(ms: number, now: number, language: Language, zone: string): string {
  return Math.abs(now - ms) < 12 * 3600_000 ? timeOfDay(ms, language, zone) : dayAndTime(ms, language, zone);
}

/** A month of the calendar, `2026-10`: `October 2026`. */
export function monthName(month: string, language: Language): string {
  return formatter(language, 'UTC', { year: 'numeric', month: 'long' }).format(Date.parse(`${month}-01T00:00:00Z`));
}
