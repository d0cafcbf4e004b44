import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { activeAlarms, compareAlarms, hiddenAlarms, matches, step } from './alarms';
import { clock, crewNumber, distance, minutes, number, reading, span } from './format';
import { assetRank, NO_RANK, tally } from './priority';
import { timeOfDay, when } from './time';

const alarm = (id: string, state: string, priority: string, raised_ms = 0): Alarm =>
  ({ id, state, priority, raised_ms, asset: id, asset_name: `Guanyinqiao ${id}`, area: 'Jiangbei', point: `${id}/outlet_pressure`, kind: 'high', incident: null }) as Alarm;

describe('the order of alarms', () => {
  it('is unacknowledged, then worst, then newest', () => {
    const list = [
      alarm('acked', 'acknowledged', 'critical', 9),
      alarm('old', 'unacknowledged', 'high', 1),
      alarm('new', 'unacknowledged', 'high', 5),
      alarm('worst', 'returned-unacknowledged', 'critical', 0),
    ].sort(compareAlarms);
    expect(list.map((a) => a.id)).toEqual(['worst', 'new', 'old', 'acked']);
  });

  it('parts the hidden from the active', () => {
    const all = [alarm('a', 'unacknowledged', 'low'), alarm('b', 'shelved', 'critical'), alarm('c', 'normal', 'low'), alarm('d', 'out-of-service', 'low')];
    expect(activeAlarms(all).map((a) => a.id)).toEqual(['a']);
    expect(hiddenAlarms(all).map((a) => a.id)).toEqual(['b', 'd']);
    expect(tally(all)).toEqual({ critical: 0, high: 0, medium: 0, low: 1, hidden: 2 });
  });
});

describe('the filter', () => {
  it('wants every word, in any language', () => {
    const a = alarm('rs-0042', 'unacknowledged', 'high');
    expect(matches(a, 'jiangbei 0042', '')).toBe(true);
    expect(matches(a, '出口压力', '出口压力高')).toBe(true);
    expect(matches(a, 'jiangbei 0043', '')).toBe(false);
    expect(matches(a, '  ', '')).toBe(true);
  });
});

describe('the choice in a list', () => {
  it.each([
    [null, 1, 'a'],
    [null, -1, 'c'],
    ['a', 1, 'b'],
    ['c', 1, 'c'],
    ['gone', 1, 'a'],
  ])('%s by %i', (from, by, to) => {
    expect(step(['a', 'b', 'c'], from, by)).toBe(to);
  });

  it('is none in an empty list', () => {
    expect(step([], 'a', 1)).toBeNull();
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
