import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { hideWays, shelveTimes } from './hide';

const max = { critical: 60, high: 480, medium: 1440, low: 10080 };
const alarm = (state: string, ...how: string[]): Alarm =>
  ({ state, request: null, hidden: how.map((h) => ({ how: h, by_design: false, by: 'ann', reason: 'why', since_ms: 1, until_ms: null })) }) as unknown as Alarm;

describe('hiding alarms', () => {
  it('offers no time longer than the site allows', () => {
    expect(shelveTimes('critical', max)).toEqual([15, 60]);
    expect(shelveTimes('high', { ...max, high: 90 })).toEqual([15, 60, 90]);
    expect(shelveTimes('low', max)).toEqual([15, 60, 240, 480, 1440, 10080]);
    expect(shelveTimes('high', undefined)).toEqual([15, 60]);
  });

  it('offers to each role what it may', () => {
    const operator = (role: string): boolean => role === 'operator';
    expect(hideWays(alarm('unacknowledged'), operator)).toEqual({ hide: ['shelve'], show: [], reset: false, decide: false });
    expect(hideWays(alarm('shelved', 'shelved'), operator)).toEqual({ hide: [], show: ['unshelve'], reset: false, decide: false });
    expect(hideWays(alarm('out-of-service', 'shelved', 'out-of-service'), () => true)).toEqual({
      hide: ['suppress'],
      show: ['unshelve', 'in-service'],
      reset: false,
      decide: false,
    });
    expect(hideWays(alarm('latched-acknowledged'), operator).reset).toBe(true);
    expect(hideWays(alarm('latched-acknowledged'), () => false)).toEqual({ hide: [], show: [], reset: false, decide: false });
  });

  it('leaves to a rule of the site what that rule hides', () => {
    const ruled = { state: 'suppressed', request: null, hidden: [{ how: 'suppressed', by_design: true, by: 'stopped' }] } as unknown as Alarm;
    expect(hideWays(ruled, () => true).show).toEqual([]);
  });

  it('asks a second person with the role', () => {
    const asked = { ...alarm('unacknowledged'), request: { what: 'suppress', by: 'ann' } } as unknown as Alarm;
    expect(hideWays(asked, () => true)).toMatchObject({ hide: [], decide: true });
    expect(hideWays(asked, (role) => role === 'operator').decide).toBe(false);
  });
});
