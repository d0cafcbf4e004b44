import { describe, expect, it } from 'vitest';
import { barOf } from './scale';

describe('a limit bar', () => {
  it('shows the limits with room around them, inside the plausible range', () => {
    expect(barOf(100, [0, 600], [['high', 120], ['high-high', 140], ['low', 80]])).toEqual({
      value: expect.closeTo(((100 - 68) / (152 - 68)) * 100, 5),
      low: expect.closeTo(((80 - 68) / 84) * 100, 5),
      high: expect.closeTo(((120 - 68) / 84) * 100, 5),
    });
  });

  it('keeps a reading beyond its ends on the bar', () => {
    expect(barOf(999, [0, 100], [])?.value).toBe(100);
    expect(barOf(null, [0, 100], [])?.value).toBeNull();
  });

  it('is left out where nothing bounds the reading', () => {
    expect(barOf(5, null, [])).toBeNull();
    expect(barOf(5, null, [['high', 7]])).toBeNull();
  });
});
