import { describe, expect, it } from 'vitest';
import { RESOUND, Sounding, type Heard, type Own } from './sounding';

const alarm = (priority: string, state = 'unacknowledged', raised_ms = 1000): Heard => ({ priority, state, raised_ms });
const of =
  (alarms: Record<string, Heard>): Own =>
  (id) =>
    alarms[id];

describe('the sound of alarms', () => {
  it('sounds the worst of what is new once', () => {
    const sounding = new Sounding();
    const own = of({ a: alarm('medium'), b: alarm('high'), c: alarm('low') });
    expect(sounding.changed(['a', 'b'], own, 0)).toBe('high');
    expect(sounding.changed(['a', 'b'], own, 1)).toBe(null);
    expect(sounding.changed(['c', 'another operator’s'], own, 2)).toBe('low');
    expect(sounding.anew(['a', 'b', 'c'], own, 3)).toBe(null);
  });

  it('sounds again until somebody acknowledges', () => {
    const sounding = new Sounding();
    const own = of({ a: alarm('high'), b: alarm('low') });
    sounding.changed(['a', 'b'], own, 0);
    expect(sounding.again(own, RESOUND - 1)).toBe(null);
    expect(sounding.again(own, RESOUND)).toBe('high');
    expect(sounding.again(own, RESOUND + 1)).toBe(null);
    const acknowledged = of({ a: alarm('high', 'acknowledged'), b: alarm('low') });
    expect(sounding.changed(['a'], acknowledged, RESOUND + 2)).toBe(null);
    expect(sounding.again(acknowledged, 9 * RESOUND)).toBe(null);
  });

  it('is silent when what was acknowledged returns to normal', () => {
    const sounding = new Sounding();
    expect(sounding.changed(['a'], of({ a: alarm('high') }), 0)).toBe('high');
    expect(sounding.changed(['a'], of({ a: alarm('high', 'acknowledged') }), 1)).toBe(null);
    expect(sounding.changed(['a'], of({}), 2)).toBe(null);
    expect(sounding.again(of({}), 9 * RESOUND)).toBe(null);
  });

  it('does not call again for what has returned by itself, but for what its latch holds', () => {
    const sounding = new Sounding();
    sounding.changed(['a'], of({ a: alarm('critical') }), 0);
    const returned = of({ a: alarm('critical', 'returned-unacknowledged') });
    expect(sounding.changed(['a'], returned, 1)).toBe(null);
    expect(sounding.again(returned, RESOUND)).toBe(null);
    const latched = of({ a: alarm('critical', 'latched-unacknowledged') });
    expect(sounding.changed(['a'], latched, RESOUND + 1)).toBe(null);
    expect(sounding.again(latched, 3 * RESOUND)).toBe('critical');
  });

  it('sounds what rises again and what is annunciated again', () => {
    const sounding = new Sounding();
    sounding.changed(['a'], of({ a: alarm('high') }), 0);
    expect(sounding.changed(['a'], of({ a: alarm('high', 'returned-unacknowledged') }), 1)).toBe(null);
    expect(sounding.changed(['a'], of({ a: alarm('high', 'unacknowledged', 2000) }), 2)).toBe('high');
    sounding.changed(['a'], of({ a: alarm('high', 'acknowledged', 2000) }), 3);
    expect(sounding.changed(['a'], of({ a: alarm('high', 'unacknowledged', 2000) }), 4)).toBe('high');
  });

  it('forgets what is gone when everything is told anew', () => {
    const sounding = new Sounding();
    sounding.changed(['a'], of({ a: alarm('critical') }), 0);
    expect(sounding.anew([], of({}), 1)).toBe(null);
    expect(sounding.again(of({}), 9 * RESOUND)).toBe(null);
  });
});
