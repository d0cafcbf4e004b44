import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { entryOf } from '../live/entry';
import { matching, sift } from './words';

const alarm = (state = 'unacknowledged'): Alarm =>
  ({ id: 'rs-0042:outlet_pressure:high', state, priority: 'high', asset: 'rs-0042', asset_name: 'Guanyinqiao', area: 'Jiangbei', point: 'rs-0042/outlet_pressure', kind: 'high', incident: 'i-000007' }) as Alarm;

describe('the filter', () => {
  it.each([
    ['jiangbei 0042', true],
    ['JIANGBEI  high', true],
    ['unack', true],
    ['i-000007', true],
    ['jiangbei 0043', false],
    ['shelved', false],
  ])('“%s” in English: %s', (query, found) => {
    expect(matching(query, en, 'en')?.(entryOf(alarm(), undefined))).toBe(found);
  });

  it('asks for nothing when it is empty', () => {
    expect(matching('  ', en, 'en')).toBeNull();
  });

  it('knows the words of another language, and of the state the alarm has now', () => {
    const before = entryOf(alarm(), undefined);
    expect(matching('出口压力', en, 'en')?.(before)).toBe(false);
    expect(matching('出口压力', zh, 'zh-CN')?.(before)).toBe(true);
    const after = entryOf(alarm('acknowledged'), before);
    expect(after.words).toBe(before.words);
    expect(matching(zh.alarmState.acknowledged, zh, 'zh-CN')?.(after)).toBe(true);
  });
});

describe('a search through a long list', () => {
  const many = Array.from({ length: 1000 }, () => entryOf(alarm(), undefined));
  /** Each question takes a millisecond. */
  const asking = (): { query: (e: ReturnType<typeof entryOf>) => boolean; now: () => number; asked: () => number } => {
    let asked = 0;
    return { query: () => (asked += 1) % 2 === 0, now: () => asked, asked: () => asked };
  };

  it('goes on from share to share, and shows what was found until then', () => {
    const { query, now, asked } = asking();
    const shares = [];
    for (let left = 1; left > 0; ) {
      const before = asked();
      const sifted = sift(many, query, 200, now);
      expect(asked() - before).toBeLessThanOrEqual(200 + 64);
      expect(sifted.found.length).toBe(Math.floor(asked() / 2));
      left = sifted.left;
      shares.push(left);
    }
    expect(shares.length).toBeGreaterThan(3);
    expect(asked()).toBe(1000);
  });

  it('asks only what is new or has changed, and everything for another question', () => {
    const { query, now, asked } = asking();
    sift(many, query, 9999, now);
    expect(sift([...many, entryOf(alarm(), undefined)], query, 9999, now).left).toBe(0);
    expect(asked()).toBe(1001);
    const other = asking();
    sift(many, other.query, 9999, other.now);
    expect(other.asked()).toBe(1000);
  });
});
