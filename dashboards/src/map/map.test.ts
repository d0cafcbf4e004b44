import { describe, expect, it } from 'vitest';
import type { Asset, Crew } from '../gen/wire';
import { en } from '../i18n/en';
import { between } from './fleet';
import { classify, pipeClass } from './network';
import { crewPicture } from './picture';
import { shown } from './stations';

describe('pipes', () => {
  it.each([['high', 'high'], ['High 2.5 MPa', 'high'], ['次高压', 'high'], ['medium-A', 'medium'], ['低压', 'low'], [undefined, 'medium']])('%s is drawn as %s', (word, expected) => {
    expect(pipeClass(word)).toBe(expected);
  });

  it('tell which classes there are, the strongest first', () => {
    const line = (c: string) => ({ type: 'Feature' as const, properties: { class: c }, geometry: { type: 'LineString' as const, coordinates: [[0, 0], [1, 1]] } });
    const point = { type: 'Feature' as const, properties: { kind: 'valve' }, geometry: { type: 'Point' as const, coordinates: [0, 0] } };
    const { network, classes } = classify({ type: 'FeatureCollection', features: [line('low'), point, line('high')] });
    expect(classes).toEqual(['high', 'low']);
    expect(network.features.map((f) => f.properties?.['c'])).toEqual(['low', undefined, 'high']);
  });
});

describe('what moves', () => {
  it('glides from fix to fix and stays there', () => {
    const track = { from: [0, 0] as [number, number], to: [10, 20] as [number, number], start: 1000, length: 2000 };
    expect([500, 2000, 9000].map((t) => between(track, t))).toEqual([[0, 0], [5, 10], [10, 20]]);
  });

  it('says its status, and its age when old', () => {
    const crew = { id: 'c-07', status: 'available', position_ms: 0 } as Crew;
    expect(crewPicture(crew, 1000, en)).toBe('crew|07|available|');
    expect(crewPicture(crew, 14 * 60_000, en)).toBe('crew|07|available · last seen 14 min ago|dim');
    expect(crewPicture({ ...crew, position_ms: null }, 0, en)).toBe('crew|07|available · from base|');
  });
});

describe('a station on the map', () => {
  it('carries what its cluster needs', () => {
    const asset = { id: 'a', kind: 'gate-station', quality: 'bad', worst: { priority: 'critical', state: 'unacknowledged' } } as Asset;
    expect(shown(asset)).toEqual({ id: 'a', rank: 1, unack: 1, bad: 1, big: 1 });
  });
});
