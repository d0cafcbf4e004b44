import { flushSync } from 'svelte';
import type { Alarm, Asset, ClientMessage, Command, Crew, Flood, Incident, ServerMessage, Value } from '../gen/wire';
import { Painter, type Screen } from '../lib/painter';
import { session } from '../state/session.svelte';
import { apply, newBook, type Book, type Changes } from './book';
import { DelayMeter } from './delay';
import { followBox, probes, type Box } from './interest';
import type { Entry } from './entry';
import { Link, type LinkState, type Surroundings } from './link';
import { Standing, type Counts } from './standing';

/** A crew's page follows less than the control room. */
export type Audience = 'room' | 'crew';

/** A room shows lists of many alarms, and asks for the whole of one; a crew has few. */
const address = (audience: Audience): string =>
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/live${audience === 'room' ? '?alarms=brief' : ''}`;

const browser = (audience: Audience): Surroundings => ({
  open: () => new WebSocket(address(audience)),
  random: () => Math.random(),
  now: () => performance.now(),
  later: (ms, run) => {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
});

const screen: Screen = {
  frame: (run) => requestAnimationFrame(run),
  later: (ms, run) => setTimeout(run, ms),
  now: () => performance.now(),
  hidden: () => document.hidden,
};

const KINDS = ['alarms', 'incidents', 'crews', 'values', 'assets', 'commands', 'floods'] as const;
type Kind = (typeof KINDS)[number];

/**
 * The hub's state in this browser. The book is plain data; components read through the getters, which follow one
 * version number a kind, moved once a frame, so that a thousand changes cost one update.
 */
class Live {
  state = $state<LinkState>('connecting');
  /** When the connection was lost, our clock, ms. */
  lostAt = $state<number | null>(null);
  /** Hub time now, ms, each half second. */
  now = $state(Date.now());
  /** Middle time from sensor to screen of the last seconds, ms. */
  delay = $state<number | null>(null);

  /** What components follow: +1 with each paint that shows a change of the kind. */
  #v = $state({ alarms: 0, incidents: 0, crews: 0, values: 0, assets: 0, commands: 0, floods: 0 });
  /** Changed since the last paint. */
  #unpainted = new Set<Kind>();
  #painter = new Painter(screen, () => this.#paint());

  #book: Book = newBook();
  #standing = new Standing();
  #link: Link | null = null;
  #meter = new DelayMeter();
  #followed = new Map<string, number>();
  #probes: string[] = [];
  #view: Box | null = null;
  #box: Box | null = null;
  #audience: Audience = 'room';
  #wishTimer: ReturnType<typeof setTimeout> | undefined;
  #said = '';
  #listeners = new Set<(changes: Changes, book: Book) => void>();
  #ticker: ReturnType<typeof setInterval> | undefined;

  get alarms(): ReadonlyMap<string, Alarm> {
    void this.#v.alarms;
    return this.#book.alarms;
  }
  /** What a person must look at, the most urgent first. */
  get active(): readonly Entry[] {
    void this.#v.alarms;
    return this.#standing.active;
  }
  /** Shelved, suppressed, out of service. */
  get hidden(): readonly Entry[] {
    void this.#v.alarms;
    return this.#standing.hidden;
  }
  /** How many stand, by operator position. */
  get counts(): ReadonlyMap<string, Counts> {
    void this.#v.alarms;
    return this.#standing.positions;
  }
  alarmsOf(asset: string): Iterable<Alarm> {
    void this.#v.alarms;
    return this.#standing.ofAsset(asset);
  }
  /** What waits for a second person. */
  get requests(): readonly Alarm[] {
    void this.#v.alarms;
    return this.#standing.requests;
  }
  /** Does anything ask for an acknowledgement? */
  get anyUnacknowledged(): boolean {
    for (const of of this.counts.values()) if (of.unacknowledged > 0) return true;
    return false;
  }
  /** Changes whenever alarms do. */
  get alarmsVersion(): number {
    return this.#v.alarms;
  }
  get incidents(): ReadonlyMap<string, Incident> {
    void this.#v.incidents;
    return this.#book.incidents;
  }
  get crews(): ReadonlyMap<string, Crew> {
    void this.#v.crews;
    return this.#book.crews;
  }
  get assets(): ReadonlyMap<string, Asset> {
    void this.#v.assets;
    return this.#book.assets;
  }
  get values(): ReadonlyMap<string, Value> {
    void this.#v.values;
    return this.#book.values;
  }

  get commands(): ReadonlyMap<string, Command> {
    void this.#v.commands;
    return this.#book.commands;
  }

  get floods(): readonly Flood[] {
    void this.#v.floods;
    return this.#book.floods;
  }

  start(audience: Audience): void {
    if (this.#link !== null) return;
    this.#audience = audience;
    this.#link = new Link(browser(audience), {
      message: (m) => this.#take(m),
      state: (s) => this.#setState(s),
      refused: () => void session.resume(),
    });
    this.#said = '';
    this.#wish();
    this.#link.start();
    this.#ticker = setInterval(() => this.#tick(), 500);
    window.addEventListener('online', this.#hurry);
  }

  stop(): void {
    this.#link?.stop();
    this.#link = null;
    clearInterval(this.#ticker);
    window.removeEventListener('online', this.#hurry);
    this.#book = newBook();
    this.#standing.reset([]);
    this.#touchAll();
  }

  /** Follows points (globs) until the answer is called. */
  follow(points: readonly string[]): () => void {
    for (const p of points) this.#followed.set(p, (this.#followed.get(p) ?? 0) + 1);
    this.#wishSoon(0);
    return () => {
      for (const p of points) {
        const n = (this.#followed.get(p) ?? 1) - 1;
        if (n <= 0) this.#followed.delete(p);
        else this.#followed.set(p, n);
      }
      this.#wishSoon(200);
    };
  }

  /** What the map shows now. */
  look(view: Box): void {
    this.#view = view;
    this.#wishSoon(300);
  }

  /** Every change, for the map, outside of components; called at once after a snapshot that is already here. */
  listen(run: (changes: Changes, book: Book) => void): () => void {
    this.#listeners.add(run);
    return () => this.#listeners.delete(run);
  }

  get book(): Book {
    return this.#book;
  }

  #hurry = (): void => this.#link?.hurry();

  #setState(state: LinkState): void {
    if (state === 'lost') {
      this.#book.seq = 0;
      this.lostAt ??= Date.now();
    } else if (state === 'live') {
      this.lostAt = null;
    }
    this.state = state;
  }

  #take(message: ServerMessage): boolean {
    const here = Date.now();
    const outcome = apply(this.#book, message);
    if (outcome.kind === 'gap') return false;
    if (message.type !== 'error') this.#meter.frame(message.ts_ms, here);
    if (outcome.kind === 'refused') {
      console.warn('subscription refused', outcome.detail);
      return true;
    }
    if (message.type === 'delta') for (const row of message.values ?? []) this.#meter.value(row[3], here);
    this.#touch(outcome.changes);
    for (const run of this.#listeners) run(outcome.changes, this.#book);
    if (outcome.changes.reset && this.#audience === 'room' && this.#probes.length === 0) {
      this.#probes = probes(this.#book.assets.values(), 8);
      if (this.#probes.length > 0) this.#wishSoon(0);
    }
    return true;
  }

  #touch(changes: Changes): void {
    if (changes.reset) {
      this.#standing.reset(this.#book.alarms.values());
      return this.#touchAll();
    }
    for (const id of changes.alarms) this.#standing.set(id, this.#book.alarms.get(id));
    for (const kind of KINDS) {
      const changed = changes[kind];
      if (changed === true || (changed !== false && changed.size > 0)) this.#unpainted.add(kind);
    }
    if (this.#unpainted.size > 0) this.#painter.ask();
  }

  #touchAll(): void {
    for (const kind of KINDS) this.#unpainted.add(kind);
    this.#painter.ask();
  }

  /** All that came since the last time becomes one picture. */
  #paint(): void {
    for (const kind of this.#unpainted) this.#v[kind] += 1;
    this.#unpainted.clear();
    flushSync();
  }

  #tick(): void {
    const here = Date.now();
    this.now = here + this.#meter.offset;
    this.delay = this.#meter.median(here);
  }

  #wishSoon(ms: number): void {
    clearTimeout(this.#wishTimer);
    this.#wishTimer = setTimeout(() => this.#wish(), ms);
  }

  /** Says what this screen wants, when that has changed. */
  #wish(): void {
    if (this.#view !== null) this.#box = followBox(this.#box, this.#view, session.site?.counts.assets ?? 0);
    const points = [...new Set([...this.#followed.keys(), ...this.#probes])].sort();
    const message: ClientMessage = {
      type: 'subscribe',
      topics: this.#audience === 'crew' ? ['alarms', 'incidents', 'crews'] : ['alarms', 'incidents', 'crews', 'assets', 'commands'],
      viewport: this.#box,
      points,
    };
    const text = JSON.stringify(message);
    if (text === this.#said) return;
    this.#said = text;
    this.#link?.subscribe(message);
  }
}

export const live = new Live();
