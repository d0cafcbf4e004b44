import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { entryOf, type Entry } from '../live/entry';
import { fold, rowOf, type Row } from './fold';

const alarm = (id: string, group: string | null, priority = 'high', state = 'unacknowledged', raised_ms = 1): Entry =>
  entryOf({ id, group, first_out: group === id, priority, state, raised_ms } as unknown as Alarm, undefined);
const rows = (entries: Entry[], isOpen: () => boolean): Row[] => fold(entries, isOpen).map(rowOf);
const ids = (list: Row[]): string[] => list.map((r) => r.alarm.id);

describe('folding by group', () => {
  const list = [alarm('b', 'a', 'critical'), alarm('x', null), alarm('a', 'a'), alarm('c', 'a', 'low', 'acknowledged')];

  it('puts the consequences under the probable cause, with their count and worst priority', () => {
    const folded = rows(list, () => false);
    expect(ids(folded)).toEqual(['a', 'x']);
    expect(folded[0]).toMatchObject({ count: 3, worst: 'critical', unacknowledged: 2, head: true, open: false });
  });

  it('shows every alarm once when open', () => {
    const open = rows(list, () => true);
    expect(ids(open)).toEqual(['a', 'b', 'c', 'x']);
    expect(open.map((r) => r.member)).toEqual([false, true, true, false]);
  });

  it('leads with the earliest where the cause is over, and leaves one alone', () => {
    const rest = [alarm('b', 'a', 'high', 'unacknowledged', 5), alarm('c', 'a', 'high', 'unacknowledged', 3), alarm('d', 'z')];
    expect(ids(rows(rest, () => false))).toEqual(['c', 'd']);
    expect(rows(rest, () => false)[1]).toMatchObject({ head: false, count: 1 });
  });

  it('leaves a list without groups as it is', () => {
    const lone = [alarm('x', null), alarm('y', null)];
    expect(fold(lone, () => true)).toBe(lone);
  });
});
