import type { HistoryRow } from '../gen/wire';

/** Aligned columns: seconds since the epoch, readings; null is a gap. */
export type Columns = [number[], (number | null)[]];

/** A silence this much longer than usual is a gap in the line, and never under a minute. */
const UNUSUAL = 8;
const AT_LEAST = 60_000;

function usual(rows: readonly HistoryRow[]): number {
  const steps: number[] = [];
  for (let i = 1; i < rows.length; i += 1) steps.push((rows[i]?.[0] ?? 0) - (rows[i - 1]?.[0] ?? 0));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** Rows to columns: what is bad or missing breaks the line. */
export function columns(rows: readonly HistoryRow[]): Columns {
  const gap = Math.max(AT_LEAST, usual(rows) * UNUSUAL);
  const out: Columns = [[], []];
  let last: number | null = null;
  for (const [ts, value, quality] of rows) {
    if (last !== null && ts - last > gap) {
      out[0].push((last + 1) / 1000);
      out[1].push(null);
    }
    out[0].push(ts / 1000);
    out[1].push(quality === 'bad' ? null : value);
    last = ts;
  }
  return out;
}

/** Adds a live value at the end; older or equal times are not new. */
export function append(rows: HistoryRow[], row: HistoryRow, keepFrom: number): boolean {
  const last = rows.at(-1);
  if (last !== undefined && last[0] >= row[0]) return false;
  rows.push(row);
  const old = rows.findIndex((r) => r[0] >= keepFrom);
  if (old > 0) rows.splice(0, old);
  return true;
}
