import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { fold } from './fold';

const alarm = (id: string, group: string | null, priority = 'high', state = 'unacknowledged', raised_ms = 1): Alarm =>
  ({ id, group, first_out: group === id, priority, state, raised_ms }) as unknown as Alarm;
const ids = (rows: { alarm: Alarm }[]): string[] => rows.map((r) => r.alarm.id);

describe('folding by group', () => {
  const list = [alarm('b', 'a', 'critical'), alarm('x', null), alarm('a', 'a'), alarm('c', 'a', 'low', 'acknowledged')];

  it('puts the consequences under the probable cause, with their count and worst priority', () => {
    const rows = fold(list, () => false);
    expect(ids(rows)).toEqual(['a', 'x']);
    expect(rows[0]).toMatchObject({ count: 3, worst: 'critical', unacknowledged: 2, head: true, open: false });
  });

  it('shows every alarm once when open', () => {
    expect(ids(fold(list, () => true))).toEqual(['a', 'b', 'c', 'x']);
  });

  it('leads with the earliest where the cause is over, and leaves one alone', () => {
    const rest = [alarm('b', 'a', 'high', 'unacknowledged', 5), alarm('c', 'a', 'high', 'unacknowledged', 3), alarm('d', 'z')];
    expect(ids(fold(rest, () => false))).toEqual(['c', 'd']);
    expect(fold(rest, () => false)[1]).toMatchObject({ head: false, count: 1 });
  });
});
