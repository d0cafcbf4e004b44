import { describe, expect, it } from 'vitest';
import type { Alarm } from '../gen/wire';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { entryOf } from '../live/entry';
import { matching } from './words';

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
