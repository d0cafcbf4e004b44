import { describe, expect, it } from 'vitest';
import { fill, periodOf } from './period';

describe('the figures', () => {
  it('look at the day unless the address says otherwise', () => {
    expect([null, 'hour', 'month', 'toString', ''].map(periodOf)).toEqual(['day', 'hour', 'month', 'day', 'day']);
  });

  it('fill half a bar at the target', () => {
    expect([fill(0, 0), fill(1, 0), fill(5, 10), fill(10, 10), fill(99, 10)]).toEqual([0, 1, 0.25, 0.5, 1]);
  });
});
