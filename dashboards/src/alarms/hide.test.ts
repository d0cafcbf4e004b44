import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { hideWays, shelveTimes } from './hide';

const max = { critical: 60, high: 480, medium: 1440, low: 10080 };
const alarm = (state: string, ...how: string[]): Alarm =>
  ({ state, hidden: how.map((h) => ({ how: h, by: 'ann', reason: 'why', since_ms: 1, until_ms: null })) }) as unknown as Alarm;

describe('hiding alarms', () => {
  it('offers no time longer than the site allows', () => {
    expect(shelveTimes('critical', max)).toEqual([15, 60]);
    expect(shelveTimes('high', { ...max, high: 90 })).toEqual([15, 60, 90]);
    expect(shelveTimes('low', max)).toEqual([15, 60, 240, 480, 1440, 10080]);
    expect(shelveTimes('high', undefined)).toEqual([15, 60]);
  });

  it('offers to each role what it may', () => {
    const operator = (role: string): boolean => role === 'operator';
    expect(hideWays(alarm('unacknowledged'), operator)).toEqual({ hide: ['shelve'], show: [], reset: false });
    expect(hideWays(alarm('shelved', 'shelved'), operator)).toEqual({ hide: [], show: ['unshelve'], reset: false });
    expect(hideWays(alarm('out-of-service', 'shelved', 'out-of-service'), () => true)).toEqual({
      hide: ['suppress'],
      show: ['unshelve', 'in-service'],
      reset: false,
    });
    expect(hideWays(alarm('latched-acknowledged'), operator).reset).toBe(true);
    expect(hideWays(alarm('latched-acknowledged'), () => false)).toEqual({ hide: [], show: [], reset: false });
  });
});
