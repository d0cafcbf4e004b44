import { describe, expect, it } from 'vitest';
import type { Assignment, Incident } from '../gen/wire';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { faceOf } from './clocks';
import { compareIncidents, crewOn } from './crew';
import { place } from './place';
import { detailText, reasonText } from './reasons';

describe('reasons of the hub', () => {
  it('are said in the reader’s language', () => {
    expect(reasonText('last seen 41 min ago, from base', en)).toBe('last seen 41 min ago, from base');
    expect(reasonText('last seen 41 min ago, from base', zh)).toBe('41 分钟前最后定位, 自驻地');
    expect(reasonText('no regulator skill', zh)).toBe('无调压技能');
    expect(reasonText('off-duty', zh)).toBe('下班');
  });

  it('are kept as they are when nobody has translated them', () => {
    expect(reasonText('the bridge is closed', zh)).toBe('the bridge is closed');
  });

  it('make up the details of the timeline, and leave a person’s words alone', () => {
    expect(detailText('c-07, 2.1 km, 4 min', zh)).toBe('07 队, 2.1 公里, 4 分钟');
    expect(detailText('c-07: no leak, checked 4 min', zh)).toBe('07 队: no leak, checked 4 min');
  });
});

describe('clocks', () => {
  it('run down, then over', () => {
    expect(faceOf({ name: 'turnout', due_ms: 1000, stopped_ms: null, kept: null }, 400)).toMatchObject({ left_ms: 600, running: true, late: false });
    expect(faceOf({ name: 'turnout', due_ms: 1000, stopped_ms: null, kept: null }, 1400)).toMatchObject({ left_ms: -400, late: true });
  });

  it('stand when stopped, kept or missed', () => {
    expect(faceOf({ name: 'arrival', due_ms: 1000, stopped_ms: 900, kept: true }, 5000)).toMatchObject({ running: false, late: false });
    expect(faceOf({ name: 'arrival', due_ms: 1000, stopped_ms: 1900, kept: false }, 5000)).toMatchObject({ running: false, late: true });
  });

  it('make nobody late for having waited', () => {
    expect(faceOf({ name: 'hold', due_ms: 1000, stopped_ms: null, kept: null }, 1400).late).toBe(false);
  });
});

describe('incidents', () => {
  const incident = (id: string, priority: string, opened_ms: number, assignments: Partial<Assignment>[] = []): Incident =>
    ({ id, priority, opened_ms, assignments }) as Incident;

  it('come worst first, then longest waiting', () => {
    const order = [incident('b', 'high', 5), incident('c', 'critical', 9), incident('a', 'high', 3)].sort(compareIncidents);
    expect(order.map((i) => i.id)).toEqual(['c', 'a', 'b']);
  });

  it('name the crew that is furthest along, with the rest of its way', () => {
    const i = incident('a', 'high', 0, [
      { crew: 'c-01', state: 'expired' },
      { crew: 'c-02', state: 'en-route', en_route_ms: 1000, eta_s: 240 },
    ]);
    expect(crewOn(i, 61_000)).toEqual({ crew: 'c-02', state: 'en-route', eta_ms: 180_000 });
    expect(crewOn(incident('a', 'high', 0), 0)).toBeNull();
  });
});

describe('a place typed by hand', () => {
  it.each([
    ['106.55, 29.56', { lon: 106.55, lat: 29.56 }],
    ['106.55，29.56', { lon: 106.55, lat: 29.56 }],
    ['106.55 29.56', { lon: 106.55, lat: 29.56 }],
    ['106.55', null],
    ['200, 29', null],
    ['a, b', null],
  ])('%s', (text, expected) => {
    expect(place(text)).toEqual(expected);
  });
});
