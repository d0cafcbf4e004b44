import { describe, expect, it } from 'vitest';
import { Painter, type Screen } from './painter';

/** A screen with a clock by hand; a picture costs `cost` ms. */
function setUp() {
  const around = { now: 0, hidden: false, cost: 0, painted: [] as number[] };
  let frames: (() => void)[] = [];
  let timers: { at: number; run: () => void }[] = [];
  const screen: Screen = {
    frame: (run) => frames.push(run),
    later: (ms, run) => timers.push({ at: around.now + ms, run }),
    now: () => around.now,
    hidden: () => around.hidden,
  };
  const painter = new Painter(screen, () => {
    around.painted.push(around.now);
    around.now += around.cost;
  });
  const tick = (ms: number): void => {
    around.now += ms;
    const due = timers.filter((t) => t.at <= around.now);
    timers = timers.filter((t) => t.at > around.now);
    for (const t of due) t.run();
    if (around.hidden) return;
    const now = frames;
    frames = [];
    for (const run of now) run();
  };
  return { painter, around, tick };
}

describe('painting', () => {
  it('is once a frame however often it is asked for', () => {
    const { painter, around, tick } = setUp();
    for (let i = 0; i < 100; i += 1) painter.ask();
    tick(16);
    expect(around.painted).toEqual([16]);
    tick(16);
    expect(around.painted).toHaveLength(1);
    painter.ask();
    tick(16);
    expect(around.painted).toEqual([16, 48]);
  });

  it('leaves time for the keys where a picture is dear', () => {
    const { painter, around, tick } = setUp();
    around.cost = 20;
    painter.ask();
    tick(16);
    for (let i = 0; i < 20; i += 1) {
      painter.ask();
      tick(10);
    }
    // 20 ms of painting, 60 ms of rest
    expect(around.painted.slice(0, 3)).toEqual([16, 96, 176]);
  });

  it('goes on where nobody looks, less often', () => {
    const { painter, around, tick } = setUp();
    around.hidden = true;
    painter.ask();
    tick(100);
    expect(around.painted).toEqual([]);
    tick(150);
    expect(around.painted).toEqual([250]);
  });
});
