import { describe, expect, it } from 'vitest';
import type { HistoryRow } from '../gen/wire';
import { append, columns } from './series';

describe('a trend', () => {
  it('breaks the line where the quality is bad', () => {
    expect(columns([[1000, 1, 'good'], [2000, 9, 'bad'], [3000, 2, 'uncertain']])).toEqual([[1, 2, 3], [1, null, 2]]);
  });

  it('breaks the line in an unusual silence', () => {
    const rows: HistoryRow[] = [0, 1000, 2000, 200_000].map((ts) => [ts, 1, 'good']);
    expect(columns(rows)).toEqual([[0, 1, 2, 2.001, 200], [1, 1, 1, null, 1]]);
  });

  it('does not break a slow but steady series', () => {
    const rows: HistoryRow[] = [0, 60_000, 120_000, 180_000].map((ts) => [ts, 1, 'good']);
    expect(columns(rows)[1]).toEqual([1, 1, 1, 1]);
  });

  it('takes live values once, in order, and forgets what left the window', () => {
    const rows: HistoryRow[] = [[1000, 1, 'good'], [2000, 2, 'good']];
    expect(append(rows, [2000, 2, 'good'], 0)).toBe(false);
    expect(append(rows, [3000, 3, 'good'], 1500)).toBe(true);
    expect(rows.map((r) => r[0])).toEqual([2000, 3000]);
  });
});
