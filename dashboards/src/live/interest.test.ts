import { describe, expect, it } from 'vitest';
import { followBox, probes, type Box } from './interest';

const view: Box = [106.5, 29.5, 106.6, 29.6];

describe('what a screen follows', () => {
  it('is everything at a small site', () => {
    expect(followBox(null, view, 100)).toBeNull();
  });

  it('is a box wider than the screen at a large one, kept while it serves', () => {
    const box = followBox(null, view, 25_000);
    expect(box?.[0]).toBeCloseTo(106.46);
    expect(followBox(box, [106.51, 29.51, 106.61, 29.61], 25_000)).toBe(box);
    expect(followBox(box, [106.9, 29.5, 107.0, 29.6], 25_000)).not.toBe(box);
    expect(followBox(box, [106.54, 29.54, 106.55, 29.55], 25_000)).not.toBe(box);
  });

  it('probes one working asset of each connection', () => {
    const assets = [
      { id: 'a', connection: 'x', quality: 'bad' },
      { id: 'b', connection: 'x', quality: 'good' },
      { id: 'c', connection: 'y', quality: 'good' },
      { id: 'd', connection: null, quality: 'good' },
    ];
    expect(probes(assets, 8)).toEqual(['b/*', 'c/*']);
    expect(probes(assets, 1)).toEqual(['b/*']);
  });
});
