import { describe, expect, it } from 'vitest';
import type { Evidence } from '../gen/wire';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { band, evidenceSentence } from './evidence';

const evidence: Evidence = {
  why: 'jumped', expected: 100.25, low: 99.5, high: 101, score: 3, window_s: 600, confidence: 0.75,
  learned_from_ms: Date.UTC(2026, 10, 1, 8), learned_to_ms: Date.UTC(2026, 10, 22, 8), degraded: '',
};

describe('evidence in words', () => {
  it('tells what was expected and how well it is known', () => {
    const text = evidenceSentence(evidence, 'kPa', en, 'en', 'UTC');
    expect(text).toBe('jumped · expected 100.3 kPa · usual 99.5 to 101.0 kPa · over 10 min · learned since 01/11, 08:00:00 · 75 % sure');
  });

  it('tells it in Chinese too, and what was missing', () => {
    const text = evidenceSentence({ ...evidence, degraded: 'no twin', learned_from_ms: null }, 'kPa', zh, 'zh-CN', 'UTC');
    expect(text).toContain('突变');
    expect(text).toContain('可信度 75 %');
    expect(text).not.toMatch(/twin|jumped/);
  });

  it('has a band with one side or none', () => {
    expect(band({ low: null, high: 5 }, 'ppm', en, 'en')).toBe('below 5.00 ppm');
    expect(band({ low: 20, high: null }, '°C', en, 'en')).toBe('above 20.0 °C');
    expect(band({ low: null, high: null }, '', en, 'en')).toBe('');
  });
});
