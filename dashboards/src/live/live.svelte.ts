import type { Alarm, Asset, ClientMessage, Command, Crew, Flood, Incident, ServerMessage, Value } from '../gen/wire';
import { session } from '../state/session.svelte';
import { apply, newBook, type Book, type Changes } from './book';
import { DelayMeter } from './delay';
import { followBox, probes, type Box } from './interest';
import { Link, type LinkState, type Surroundings } from './link';

const browser: Surroundings = {
  open: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/live`),
  random: () => Math.random(),
  later: (ms, run) => {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
};

/** A crew's page follows less than the control room. */
export type Audience = 'room' | 'crew';

/**
 * The hub's state in this browser. The book is plain data; components read through the getters, which follow one
 * version number a kind, so that a thousand value changes cost one update.
 */
class Live {
  state = $state<LinkState>('connecting');
  /** When the connection was lost, our clock, ms. */
  lostAt = $state<number | null>(null);
  /** Hub time now, ms, each half second. */
  now = $state(Date.now());
  /** Middle time from sensor to screen of the last seconds, ms. */
  delay = $state<number | null>(null);

  #alarmsV = $state(0);
  #incidentsV = $state(0);
  #crewsV = $state(0);
  #valuesV = $state(0);
  #assetsV = $state(0);
  #commandsV = $state(0);
  #floodsV = $state(0);

  #book: Book = newBook();
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
    void this.#alarmsV;
    return this.#book.alarms;
  }
  get incidents(): ReadonlyMap<string, Incident> {
    void this.#incidentsV;
    return this.#book.incidents;
  }
  get crews(): ReadonlyMap<string, Crew> {
    void this.#crewsV;
    return this.#book.crews;
  }
  get assets(): ReadonlyMap<string, Asset> {
    void this.#assetsV;
    return this.#book.assets;
  }
  get values(): ReadonlyMap<string, Value> {
    void this.#valuesV;
    return this.#book.values;
  }

  get commands(): ReadonlyMap<string, Command> {
    void this.#commandsV;
    return this.#book.commands;
  }

  get floods(): readonly Flood[] {
    void this.#floodsV;
    return this.#book.floods;
  }

  start(audience: Audience): void {
    if (this.#link !== null) return;
    this.#audience = audience;
    this.#link = new Link(browser, {
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
    if (changes.reset) return this.#touchAll();
    if (changes.alarms.size > 0) this.#alarmsV += 1;
    if (changes.incidents.size > 0) this.#incidentsV += 1;
    if (changes.crews.size > 0) this.#crewsV += 1;
    if (changes.assets.size > 0) this.#assetsV += 1;
    if (changes.values.size > 0) this.#valuesV += 1;
    if (changes.commands.size > 0) this.#commandsV += 1;
    if (changes.floods) this.#floodsV += 1;
  }

  #touchAll(): void {
    this.#alarmsV += 1;
    this.#incidentsV += 1;
    this.#crewsV += 1;
    this.#assetsV += 1;
    this.#valuesV += 1;
    this.#commandsV += 1;
    this.#floodsV += 1;
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
