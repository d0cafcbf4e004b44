import { describe, expect, it } from 'vitest';
import type { ServerMessage } from '../gen/wire';
import { backoff, Link, type LinkState, type Surroundings } from './link';

class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
  }
  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** A link over fake sockets and a fake clock. */
function setUp(take: (m: ServerMessage) => boolean = () => true) {
  const sockets: FakeSocket[] = [];
  const states: LinkState[] = [];
  let timers: { at: number; run: () => void }[] = [];
  let now = 0;
  const around: Surroundings = {
    open: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1) as unknown as WebSocket;
    },
    random: () => 0.5,
    now: () => now,
    later: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((t) => t !== timer);
      };
    },
  };
  const advance = (ms: number): void => {
    now += ms;
    const due = timers.filter((t) => t.at <= now);
    timers = timers.filter((t) => t.at > now);
    for (const t of due) t.run();
  };
  let refused = 0;
  const link = new Link(around, { message: take, state: (s) => states.push(s), refused: () => (refused += 1) });
  return { link, sockets, states, advance, refused: () => refused };
}

const SNAPSHOT = { type: 'snapshot', seq: 1 };
const WANT = { type: 'subscribe' as const, topics: [], viewport: null, points: [] };

describe('the link to the hub', () => {
  it('says what it wants on every connection', () => {
    const { link, sockets, states, advance } = setUp();
    link.subscribe(WANT);
    link.start();
    sockets[0]?.accept();
    sockets[0]?.say(SNAPSHOT);
    sockets[0]?.onclose?.();
    advance(1000);
    sockets[1]?.accept();
    expect(sockets.map((s) => s.sent)).toEqual([[JSON.stringify(WANT)], [JSON.stringify(WANT)]]);
    expect(states).toEqual(['connecting', 'live', 'lost']);
  });

  it('reconnects when a message is missing', () => {
    const { link, sockets, states, advance } = setUp((m) => m.seq !== 9);
    link.start();
    sockets[0]?.accept();
    sockets[0]?.say(SNAPSHOT);
    sockets[0]?.say({ type: 'delta', seq: 9 });
    expect(states.at(-1)).toBe('lost');
    advance(1000);
    expect(sockets).toHaveLength(2);
  });

  it('counts a silent hub as lost', () => {
    const { link, sockets, states, advance } = setUp();
    link.subscribe(WANT);
    link.start();
    sockets[0]?.accept();
    sockets[0]?.say(SNAPSHOT);
    advance(12_000);
    expect(sockets[0]?.sent).toHaveLength(2);
    expect(states.at(-1)).toBe('live');
    advance(6_000);
    expect(states.at(-1)).toBe('lost');
  });

  it('waits for a long snapshot, and then for another as long', () => {
    const { link, sockets, states, advance } = setUp();
    link.subscribe(WANT);
    link.start();
    sockets[0]?.accept();
    advance(50_000);
    sockets[0]?.say(SNAPSHOT);
    advance(99_000);
    expect(sockets[0]?.sent).toHaveLength(1);
    advance(1_000);
    expect(sockets[0]?.sent).toHaveLength(2);
    advance(99_000);
    expect(states).toEqual(['connecting', 'live']);
    advance(1_000);
    expect(states.at(-1)).toBe('lost');
  });

  it('gives up on a hub that never says anything', () => {
    const { link, sockets, states, advance } = setUp();
    link.start();
    sockets[0]?.accept();
    advance(120_000);
    expect(states.at(-1)).toBe('lost');
  });

  it('asks whether the login is good when the hub never spoke', () => {
    const { link, sockets, refused } = setUp();
    link.start();
    sockets[0]?.onclose?.();
    expect(refused()).toBe(1);
  });

  it('waits longer each time, up to a ceiling, spread by half', () => {
    expect([0, 1, 2, 3, 4, 5, 99].map((n) => backoff(n, 0.5))).toEqual([400, 1000, 2000, 4000, 8000, 15000, 15000]);
    expect([backoff(1, 0), backoff(1, 1)]).toEqual([500, 1500]);
  });
});
