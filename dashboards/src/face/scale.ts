/** Where things lie on a limit bar, percent of its width. */
export interface Bar {
  value: number | null;
  /** Shaded parts beyond the alarm limits. */
  low: number | null;
  high: number | null;
}

const HIGHS = new Set(['high', 'high-high']);
const LOWS = new Set(['low', 'low-low']);

/** Places a reading between its limits; null where nothing bounds it. */
export function barOf(value: number | null, range: readonly [number, number] | null, limits: readonly (readonly [string, number])[]): Bar | null {
  const highs = limits.filter(([k]) => HIGHS.has(k)).map(([, v]) => v);
  const lows = limits.filter(([k]) => LOWS.has(k)).map(([, v]) => v);
  const bounds = span(range, highs, lows);
  if (bounds === null) return null;
  const [min, max] = bounds;
  const at = (v: number): number => Math.min(100, Math.max(0, ((v - min) / (max - min)) * 100));
  return {
    value: value === null ? null : at(value),
    low: lows.length === 0 ? null : at(Math.max(...lows)),
    high: highs.length === 0 ? null : at(Math.min(...highs)),
  };
}

/** The limits with room around them; the plausible range alone would press them together. */
function span(range: readonly [number, number] | null, highs: number[], lows: number[]): [number, number] | null {
  const top = highs.length > 0 ? Math.max(...highs) : range?.[1];
  const bottom = lows.length > 0 ? Math.min(...lows) : range?.[0];
  if (top === undefined || bottom === undefined || !(top > bottom)) return null;
  const room = (top - bottom) * 0.2;
  const min = lows.length > 0 ? bottom - room : bottom;
  const max = highs.length > 0 ? top + room : top;
  return [range === null ? min : Math.max(range[0], min), range === null ? max : Math.min(range[1], max)];
}
