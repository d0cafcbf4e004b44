import { describe, expect, it } from 'vitest';
import type { Command } from '../gen/wire';
import { commandOf, crossed, typed } from './effect';

describe('a new value', () => {
  const limits: [string, number][] = [
    ['high-high', 140],
    ['high', 120],
    ['low', 80],
    ['rate-of-rise', 2],
  ];
  it.each([
    [100, 110, []],
    [100, 120, []],
    [100, 121, ['high']],
    [100, 150, ['high-high', 'high']],
    [130, 150, ['high-high']],
    [130, 70, ['low']],
    [null, 70, ['low']],
    [70, 60, []],
  ])('from %s to %s crosses %s', (before, after, kinds) => {
    expect(crossed(limits, before, after).map(([kind]) => kind)).toEqual(kinds);
  });
});

it.each([
  ['101.5', 101.5],
  [' 101,5 ', 101.5],
  ['-3', -3],
  ['0', 0],
  ['', null],
  ['1e999', null],
  ['12 kPa', null],
])('%j is read as %s', (text, value) => {
  expect(typed(text)).toBe(value);
});

it('the live command goes before a newer one that ended', () => {
  const c = (id: string, point: string, state: string, selected_ms: number): Command => ({ id, point, state, selected_ms }) as Command;
  const all = [c('1', 'a', 'verified', 1), c('2', 'a', 'executing', 2), c('3', 'a', 'cancelled', 3), c('4', 'b', 'selected', 4)];
  expect(commandOf(all, 'a')?.id).toBe('2');
  expect(commandOf(all.slice(2), 'a')?.id).toBe('3');
  expect(commandOf(all, 'c')).toBeNull();
});
