import type { ClientMessage, ServerMessage } from '../gen/wire';

/** `lost` after a connection ended, until the next snapshot. */
export type LinkState = 'connecting' | 'live' | 'lost';

/** What the link needs from its surroundings, so that tests can stand in. */
export interface Surroundings {
  open(): WebSocket;
  random(): number;
  later(ms: number, run: () => void): () => void;
  /** Of a clock that only goes on, ms. */
  now(): number;
}

export interface LinkEvents {
  /** A message; the answer `false` asks for a new connection (a gap in the numbers). */
  message(message: ServerMessage): boolean;
  state(state: LinkState): void;
  /** The hub refused the socket before any message came: is the login still good? */
  refused(): void;
}

/** Waits between attempts, milliseconds; each is spread by half to either side, so that screens do not return together. */
const STEPS = [400, 1000, 2000, 4000, 8000, 15000];
/** A silent hub is asked for a new snapshot after this long, ms; with no answer it counts as lost. */
const QUIET = 12_000;
const ANSWER = 6_000;
/** The first snapshot may take this long, ms: nothing is heard of a message until it is here, and of many alarms over a slow line it is long. */
const FIRST = 120_000;

export function backoff(attempt: number, random: number): number {
  const step = STEPS[Math.min(attempt, STEPS.length - 1)] ?? 15000;
  return Math.round(step * (0.5 + random));
}

/** One websocket to the hub that comes back by itself. */
export class Link {
  #socket: WebSocket | null = null;
  #attempt = 0;
  #wanted: ClientMessage | null = null;
  #cancelRetry: (() => void) | null = null;
  #cancelQuiet: (() => void) | null = null;
  #stopped = false;
  /** How long the last first snapshot took, ms: a later one may take that long again. */
  #took = 0;
  #around: Surroundings;
  #events: LinkEvents;

  constructor(around: Surroundings, events: LinkEvents) {
    this.#around = around;
    this.#events = events;
  }

  start(): void {
    this.#stopped = false;
    this.#events.state('connecting');
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
    this.#cancelQuiet?.();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** The whole of what this screen wants now; said again after each reconnection. */
  subscribe(message: ClientMessage): void {
    this.#wanted = message;
    this.#say();
  }

  /** The network is back: do not wait for the next step. */
  hurry(): void {
    if (this.#stopped || this.#socket !== null) return;
    this.#cancelRetry?.();
    this.#attempt = 0;
    this.#connect();
  }

  #say(): void {
    if (this.#wanted !== null && this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(this.#wanted));
  }

  #connect(): void {
    this.#cancelRetry = null;
    const socket = this.#around.open();
    this.#socket = socket;
    let heard = false;
    let asked = 0;
    socket.onopen = () => {
      asked = this.#around.now();
      this.#say();
      this.#cancelQuiet = this.#around.later(FIRST, () => this.#lose(socket));
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket !== this.#socket) return;
      const message = JSON.parse(event.data) as ServerMessage;
      if (!heard) this.#took = this.#around.now() - asked;
      this.#watch(socket);
      if (!this.#events.message(message)) {
        this.#lose(socket);
        return;
      }
      if (!heard && message.type === 'snapshot') {
        heard = true;
        this.#attempt = 0;
        this.#events.state('live');
      }
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      if (!heard) this.#events.refused();
      this.#lose(socket);
    };
  }

  /** A dead network closes nothing for minutes: after a silence, ask; without an answer, start anew. */
  #watch(socket: WebSocket): void {
    this.#cancelQuiet?.();
    this.#cancelQuiet = this.#around.later(Math.max(QUIET, 2 * this.#took), () => {
      this.#say();
      this.#cancelQuiet = this.#around.later(Math.max(ANSWER, 2 * this.#took), () => this.#lose(socket));
    });
  }

  #lose(socket: WebSocket): void {
    if (socket !== this.#socket || this.#stopped) return;
    this.#socket = null;
    this.#cancelQuiet?.();
    socket.close();
    this.#events.state('lost');
    this.#cancelRetry = this.#around.later(backoff(this.#attempt, this.#around.random()), () => this.#connect());
    this.#attempt += 1;
  }
}
