import { describe, expect, it } from 'vitest';
import type { AlarmSetting } from '../gen/wire';
import { wanted } from './value';

const setting = (name: string, running: AlarmSetting['running']): AlarmSetting => ({
  setting: name, configured: running, running, operator_may: null, by: null, reason: null, since_ms: null, until_ms: null,
});

describe('a form of settings', () => {
  const settings = [setting('limit', 120), setting('on_delay_s', 0), setting('priority', 'high'), setting('enabled', true)];

  it('asks only for what differs from what runs', () => {
    expect(wanted(settings, {})).toEqual({});
    expect(wanted(settings, { limit: '120', priority: 'high', enabled: 'true' })).toEqual({});
    expect(wanted(settings, { limit: ' 130.5 ', on_delay_s: '2,5', priority: 'low', enabled: 'false' })).toEqual({ limit: 130.5, on_delay_s: 2.5, priority: 'low', enabled: false });
  });

  it('takes no word for a number', () => {
    expect(wanted(settings, { limit: 'much' })).toBeNull();
  });
});
