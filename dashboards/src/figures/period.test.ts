import { describe, expect, it } from 'vitest';
import { fill, monthsUntil, periodOf } from './period';

describe('the figures', () => {
  it('look at the day unless the address says otherwise', () => {
    expect([null, 'hour', 'month', 'toString', ''].map(periodOf)).toEqual(['day', 'hour', 'month', 'day', 'day']);
  });

  it('fill half a bar at the target', () => {
    expect([fill(0, 0), fill(1, 0), fill(5, 10), fill(10, 10), fill(99, 10)]).toEqual([0, 1, 0.25, 0.5, 1]);
  });

  it('offer two years of months, and an older one that is asked for', () => {
    const months = monthsUntil('2026-02', '2026-02');
    expect([months.length, ...months.slice(0, 3), months.at(-1)]).toEqual([24, '2026-02', '2026-01', '2025-12', '2024-03']);
    expect(monthsUntil('2026-02', '2020-05')[0]).toBe('2020-05');
  });
});
