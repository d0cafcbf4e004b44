import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { newestMark, type Entry } from './entry';
import { noCounts, Standing } from './standing';

const alarm = (id: string, state: string, priority = 'high', raised_ms = 0, position = 'north'): Alarm =>
  ({ id, state, priority, raised_ms, position, asset: id.split(':')[0], request: null }) as Alarm;
const ids = (entries: readonly Entry[]): string[] => entries.map((e) => e.alarm.id);

describe('what stands', () => {
  it('is sorted: unacknowledged, then worst, then newest', () => {
    const standing = new Standing();
    standing.reset([
      alarm('acked', 'acknowledged', 'critical', 9),
      alarm('old', 'unacknowledged', 'high', 1),
      alarm('new', 'unacknowledged', 'high', 5),
      alarm('worst', 'returned-unacknowledged', 'critical', 0),
    ]);
    expect(ids(standing.active)).toEqual(['worst', 'new', 'old', 'acked']);
  });

  it('parts the hidden from the active, and the normal from both', () => {
    const standing = new Standing();
    standing.reset([alarm('a', 'unacknowledged', 'low'), alarm('b', 'shelved', 'critical'), alarm('c', 'normal'), alarm('d', 'out-of-service', 'low')]);
    expect(ids(standing.active)).toEqual(['a']);
    expect(ids(standing.hidden)).toEqual(['b', 'd']);
    expect(standing.positions.get('north')).toEqual({ ...noCounts(), low: 1, active: 1, unacknowledged: 1, hidden: 2 });
  });

  it('is the same array until something moves', () => {
    const standing = new Standing();
    standing.reset([alarm('a', 'unacknowledged')]);
    const before = standing.active;
    expect(standing.active).toBe(before);
    standing.set('b', alarm('b', 'shelved'));
    expect(standing.active).toBe(before);
    expect(ids(standing.hidden)).toEqual(['b']);
  });

  it('knows what stayed in its place by its mark, and what moved or came by a larger one', () => {
    const standing = new Standing();
    const all = [alarm('a', 'unacknowledged', 'high', 1), alarm('b', 'unacknowledged', 'high', 2)];
    standing.reset(all);
    const marks = (): Record<string, number> => Object.fromEntries(standing.active.map((e) => [e.alarm.id, e.mark]));
    const before = marks();
    standing.set('a', { ...alarm('a', 'unacknowledged', 'high', 1), assignee: 'ann' });
    standing.set('b', alarm('b', 'unacknowledged', 'high', 3));
    expect(marks()['a']).toBe(before['a']);
    expect(marks()['b']).toBeGreaterThan(newestMark() - 1);
    standing.reset([{ ...alarm('a', 'unacknowledged', 'high', 1), assignee: 'bob' } as Alarm, alarm('c', 'unacknowledged')]);
    expect(marks()['a']).toBe(before['a']);
    expect(standing.active.find((e) => e.alarm.id === 'a')?.alarm.assignee).toBe('bob');
    expect(marks()['c']).toBe(newestMark());
  });

  it('finds the alarms of an asset', () => {
    const standing = new Standing();
    standing.reset([alarm('rs-1:p:high', 'unacknowledged'), alarm('rs-2:p:high', 'unacknowledged')]);
    standing.set('rs-1:p:low', alarm('rs-1:p:low', 'shelved'));
    standing.set('rs-1:p:high', undefined);
    expect([...standing.ofAsset('rs-1')].map((a) => a.id)).toEqual(['rs-1:p:low']);
    expect([...standing.ofAsset('rs-9')]).toEqual([]);
  });

  it('knows what waits for a second person, of alarms that are normal too', () => {
    const standing = new Standing();
    const asks = (id: string): Alarm => ({ ...alarm(id, 'normal'), request: { what: 'suppress', by: 'ann' } }) as Alarm;
    standing.reset([alarm('a', 'unacknowledged'), asks('b')]);
    expect(standing.requests.map((a) => a.id)).toEqual(['b']);
    standing.set('a', asks('a'));
    standing.set('b', undefined);
    expect(standing.requests.map((a) => a.id)).toEqual(['a']);
  });

  it('comes by small changes to what a whole sort would give', () => {
    // a small generator of its own: the same run every time
    let seed = 42;
    const random = (n: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    const states = ['unacknowledged', 'acknowledged', 'returned-unacknowledged', 'shelved', 'normal', 'out-of-service'];
    const priorities = ['critical', 'high', 'medium', 'low'];
    const truth = new Map<string, Alarm>();
    const standing = new Standing();
    standing.reset([]);
    for (let turn = 0; turn < 2000; turn += 1) {
      const id = `a${random(60)}:p:high`;
      const now = random(4) === 0 ? undefined : alarm(id, states[random(6)] ?? '', priorities[random(4)], random(5), `p${random(2)}`);
      if (now === undefined) truth.delete(id);
      else truth.set(id, now);
      standing.set(id, now);
      if (random(3) !== 0) continue;
      const whole = new Standing();
      whole.reset(truth.values());
      expect(ids(standing.active)).toEqual(ids(whole.active));
      expect(ids(standing.hidden)).toEqual(ids(whole.hidden));
      for (const [position, counts] of whole.positions) expect(standing.positions.get(position)).toEqual(counts);
    }
  });
});
