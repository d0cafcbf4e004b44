import type { Dict, Language } from '../i18n/dict';

/** Digits after the point that keep a column of readings calm: about four significant. */
function digits(value: number): number {
  const size = Math.abs(value);
  return size >= 1000 ? 0 : size >= 10 ? 1 : 2;
}

/** A reading without its unit. */
export function number(value: number | null | undefined, language: Language): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const d = digits(value);
  return new Intl.NumberFormat(language, { minimumFractionDigits: d, maximumFractionDigits: d }).format(value);
}

/** A number as it was given, for what somebody is about to do: nothing rounded away. */
export function exact(value: number, language: Language): string {
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 15, useGrouping: false }).format(value);
}

/** A count. */
export function count(value: number, language: Language): string {
  return new Intl.NumberFormat(language).format(value);
}

/** A reading with its unit. */
export function reading(value: number | null | undefined, unit: string, language: Language): string {
  const n = number(value, language);
  return unit === '' || n === '–' ? n : `${n} ${unit}`;
}

/** Minutes and seconds of a running clock: `4:10`, `1:02:03`; the sign is the caller's. */
export function clock(ms: number): string {
  const s = Math.floor(Math.abs(ms) / 1000);
  const [h, m, sec] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60), s % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(sec)}` : `${m}:${two(sec)}`;
}

/** A length of time in one unit, for ages: `12 s`, `14 min`, `3 h`, `2 d`. */
export function span(ms: number, t: Dict): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 90) return `${Math.round(s)} ${t.units.s}`;
  if (s < 90 * 60) return `${Math.round(s / 60)} ${t.units.min}`;
  if (s < 36 * 3600) return `${Math.round(s / 3600)} ${t.units.h}`;
  return `${Math.round(s / 86400)} ${t.units.d}`;
}

/** Whole minutes of a travel time, at least one. */
export function minutes(seconds: number): string {
  return String(Math.max(1, Math.round(seconds / 60)));
}

/** A distance: `640 m`, `2.9 km`. */
export function distance(metres: number, t: Dict): string {
  return metres < 1000 ? `${Math.round(metres / 10) * 10} ${t.units.m}` : `${(metres / 1000).toFixed(1)} ${t.units.km}`;
}

/** A crew's number as painted on its van: `c-07` → `07`. */
export function crewNumber(id: string): string {
  return /\d+$/.exec(id)?.[0] ?? id;
}
