import { describe, expect, it } from 'vitest';
import type { Alarm, ServerMessage, Value } from '../gen/wire';
import { apply, newBook } from './book';

const value = (point: string, v: number, ts_ms: number): Value => ({
  point, value: v, unit: 'kPa', quality: 'good', reason: null, status_code: 0, ts_ms, received_ms: ts_ms, range: [0, 600], limits: [['high', 120]], writable: false,
});
const alarm = (id: string, state: string): Alarm => ({ id, state }) as Alarm;
const snapshot = (seq: number, parts: Partial<Extract<ServerMessage, { type: 'snapshot' }>> = {}): ServerMessage => ({
  type: 'snapshot', seq, ts_ms: 1000, alarms: [], incidents: [], crews: [], assets: [], values: [], ...parts,
});

describe('the book of live state', () => {
  it('starts with a snapshot and follows deltas', () => {
    const book = newBook();
    apply(book, snapshot(1, { alarms: [alarm('a', 'unacknowledged')], values: [value('rs/p', 98, 900)] }));
    const outcome = apply(book, { type: 'delta', seq: 2, ts_ms: 1100, alarms: [alarm('b', 'acknowledged')], values: [['rs/p', 99, 'good', 1050]] });
    expect(outcome).toMatchObject({ kind: 'applied' });
    expect([...book.alarms.keys()]).toEqual(['a', 'b']);
    expect(book.values.get('rs/p')).toMatchObject({ value: 99, ts_ms: 1050, unit: 'kPa', limits: [['high', 120]] });
  });

  it('takes a changed limit without a new snapshot, and keeps the newer reading', () => {
    const book = newBook();
    apply(book, snapshot(1, { values: [value('rs/p', 98, 900), value('rs/q', 5, 900)] }));
    const changed = (point: string, ts_ms: number): Value => ({ ...value(point, 97, ts_ms), limits: [['high', 130]] });
    const outcome = apply(book, { type: 'delta', seq: 2, ts_ms: 1100, points: [changed('rs/p', 950), changed('rs/q', 800)] });
    expect(book.values.get('rs/p')).toMatchObject({ value: 97, ts_ms: 950, limits: [['high', 130]] });
    expect(book.values.get('rs/q')).toMatchObject({ value: 5, ts_ms: 900, limits: [['high', 130]] });
    expect(outcome.kind === 'applied' && [...outcome.changes.values]).toEqual(['rs/p', 'rs/q']);
  });

  it('removes what is normal again', () => {
    const book = newBook();
    apply(book, snapshot(1, { alarms: [alarm('a', 'unacknowledged')] }));
    const outcome = apply(book, { type: 'delta', seq: 2, ts_ms: 1, removed: { alarms: ['a', 'unknown'] } });
    expect(book.alarms.size).toBe(0);
    expect(outcome.kind === 'applied' && [...outcome.changes.alarms]).toEqual(['a']);
  });

  it('fills in what a brief alarm leaves out', () => {
    const book = newBook();
    apply(book, snapshot(1, { alarms: [alarm('a', 'unacknowledged')] }));
    expect(book.alarms.get('a')).toMatchObject({ state: 'unacknowledged', value: null, comments: 0 });
    expect(book.alarms.get('a')?.hidden).toEqual([]);
    apply(book, { type: 'delta', seq: 2, ts_ms: 1, alarms: [{ ...alarm('a', 'unacknowledged'), value: 3 }] });
    expect(book.alarms.get('a')?.value).toBe(3);
  });

  it('asks for a new connection when a message is missing', () => {
    const book = newBook();
    apply(book, snapshot(1));
    expect(apply(book, { type: 'delta', seq: 3, ts_ms: 1 })).toEqual({ kind: 'gap', expected: 2, got: 3 });
    expect(book.seq).toBe(1);
  });

  it('does not take a delta before the first snapshot', () => {
    expect(apply(newBook(), { type: 'delta', seq: 1, ts_ms: 1 }).kind).toBe('gap');
  });

  it('replaces everything at a later snapshot', () => {
    const book = newBook();
    apply(book, snapshot(1, { alarms: [alarm('a', 'unacknowledged')] }));
    apply(book, snapshot(2, { alarms: [alarm('b', 'unacknowledged')] }));
    expect([...book.alarms.keys()]).toEqual(['b']);
  });

  it('never moves a value backwards and forgets the reason of another quality', () => {
    const book = newBook();
    apply(book, snapshot(1, { values: [{ ...value('rs/p', 98, 900), quality: 'bad', reason: 'stale' }] }));
    apply(book, { type: 'delta', seq: 2, ts_ms: 1, values: [['rs/p', 1, 'good', 800]] });
    expect(book.values.get('rs/p')).toMatchObject({ value: 98, quality: 'bad', reason: 'stale' });
    apply(book, { type: 'delta', seq: 3, ts_ms: 1, values: [['rs/p', 97, 'good', 1000]] });
    expect(book.values.get('rs/p')).toMatchObject({ value: 97, quality: 'good', reason: null });
  });

  it('keeps the state when a subscription is refused', () => {
    const book = newBook();
    apply(book, snapshot(1, { alarms: [alarm('a', 'unacknowledged')] }));
    expect(apply(book, { type: 'error', seq: 2, detail: 'no' })).toEqual({ kind: 'refused', detail: 'no' });
    expect(book.alarms.size).toBe(1);
    expect(apply(book, { type: 'delta', seq: 3, ts_ms: 1 }).kind).toBe('applied');
  });
});
