import { describe, expect, it } from 'vitest';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { step } from './alarms';
import { clock, crewNumber, distance, minutes, number, reading, span } from './format';
import { assetRank, NO_RANK } from './priority';
import { timeOfDay, when } from './time';

describe('the choice in a list', () => {
  it.each([
    [-1, 1, 0],
    [-1, -1, 2],
    [0, 1, 1],
    [2, 1, 2],
    [1, -20, 0],
  ])('%i by %i', (from, by, to) => {
    expect(step(3, from, by)).toBe(to);
  });

  it('is none in an empty list', () => {
    expect(step(0, -1, 1)).toBe(-1);
  });
});

describe('numbers', () => {
  it('keep about four digits', () => {
    expect([0.1234, 9.8, 98.74, 412, 1930.4].map((n) => number(n, 'en'))).toEqual(['0.12', '9.80', '98.7', '412.0', '1,930']);
    expect(number(null, 'en')).toBe('–');
    expect(reading(Number.NaN, 'kPa', 'en')).toBe('–');
    expect(reading(98.7, 'kPa', 'zh-CN')).toBe('98.7 kPa');
  });

  it('tell lengths of time and ways', () => {
    expect([0, 98_000, 3_723_000, -40_000].map(clock)).toEqual(['0:00', '1:38', '1:02:03', '0:40']);
    expect(span(14 * 60_000, en)).toBe('14 min');
    expect(span(14 * 60_000, zh)).toBe('14 分钟');
    expect([10, 89, 240].map(minutes)).toEqual(['1', '1', '4']);
    expect([642, 2900].map((m) => distance(m, en))).toEqual(['640 m', '2.9 km']);
    expect(crewNumber('c-07')).toBe('07');
  });
});

describe('times', () => {
  const at = Date.UTC(2026, 10, 22, 19, 12, 47);
  it('are those of the site, whatever the browser’s zone', () => {
    expect(timeOfDay(at, 'en', 'Asia/Shanghai')).toBe('03:12:47');
    expect(timeOfDay(at, 'zh-CN', 'Asia/Shanghai')).toBe('03:12:47');
  });
  it('name the day when it is another', () => {
    expect(when(at, at + 60_000, 'en', 'UTC')).toBe('19:12:47');
    expect(when(at, at + 86_400_000, 'en', 'UTC')).toBe('22/11, 19:12:47');
  });
});

describe('a station', () => {
  it('takes the rank of what is annunciated', () => {
    expect(assetRank({ worst: { priority: 'high', state: 'acknowledged' } })).toBe(2);
    expect(assetRank({ worst: { priority: 'high', state: 'shelved' } })).toBe(NO_RANK);
    expect(assetRank({ worst: null })).toBe(NO_RANK);
  });
});
