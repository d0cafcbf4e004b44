import type { Alarm } from '../gen/wire';
import { compareEntries, entryOf, type Entry } from './entry';
import { isHidden, isUnacknowledged, rankOf, PRIORITIES, type Priority, type Tally } from '../lib/priority';

/** What stands at one operator position. */
export interface Counts extends Tally {
  /** Neither normal nor hidden. */
  active: number;
  unacknowledged: number;
}

export const noCounts = (): Counts => ({ critical: 0, high: 0, medium: 0, low: 0, hidden: 0, active: 0, unacknowledged: 0 });

function count(into: Counts, alarm: Alarm, by: 1 | -1): void {
  if (isHidden(alarm.state)) {
    into.hidden += by;
    return;
  }
  if (alarm.state === 'normal') return;
  into.active += by;
  into[PRIORITIES[rankOf(alarm.priority) - 1] as Priority] += by;
  if (!isUnacknowledged(alarm.state)) return;
  into.unacknowledged += by;
}

/** One sorted list that takes in what changed by merging, so that a change costs no sorting of all. */
class Sorted {
  rows: readonly Entry[] = [];
  #fresh: Entry[] = [];
  #left = false;

  reset(entries: Entry[]): void {
    this.rows = entries.sort(compareEntries);
    this.#fresh = [];
    this.#left = false;
  }

  add(entry: Entry): void {
    this.#fresh.push(entry);
  }

  drop(entry: Entry): void {
    entry.gone = true;
    this.#left = true;
  }

  settle(): readonly Entry[] {
    if (this.#fresh.length === 0 && !this.#left) return this.rows;
    // what came and went between two looks was never in the list
    const fresh = this.#fresh.filter((e) => !e.gone).sort(compareEntries);
    const out: Entry[] = [];
    let next = 0;
    for (const entry of this.rows) {
      if (entry.gone) continue;
      for (let e = fresh[next]; e !== undefined && compareEntries(e, entry) < 0; e = fresh[next]) {
        out.push(e);
        next += 1;
      }
      out.push(entry);
    }
    for (; next < fresh.length; next += 1) out.push(fresh[next] as Entry);
    this.rows = out;
    this.#fresh = [];
    this.#left = false;
    return out;
  }
}

/** The alarms in the order of the lists, counted by position and found by asset; each change costs what changed. */
export class Standing {
  #entries = new Map<string, Entry>();
  #active = new Sorted();
  #hidden = new Sorted();
  #positions = new Map<string, Counts>();
  #assets = new Map<string, Set<Entry>>();
  #requests = new Set<Entry>();

  /** What a person must look at, the most urgent first; the same array until something changed. */
  get active(): readonly Entry[] {
    return this.#active.settle();
  }

  get hidden(): readonly Entry[] {
    return this.#hidden.settle();
  }

  get positions(): ReadonlyMap<string, Counts> {
    return this.#positions;
  }

  /** Alarms of which something waits for a second person, in any state. */
  get requests(): Alarm[] {
    return [...this.#requests].map((entry) => entry.alarm);
  }

  /** Of one asset, in any state. */
  *ofAsset(asset: string): Iterable<Alarm> {
    for (const entry of this.#assets.get(asset) ?? []) yield entry.alarm;
  }

  reset(alarms: Iterable<Alarm>): void {
    const before = this.#entries;
    this.#entries = new Map();
    this.#positions.clear();
    this.#assets.clear();
    this.#requests.clear();
    const [active, hidden]: [Entry[], Entry[]] = [[], []];
    for (const alarm of alarms) {
      const entry = entryOf(alarm, before.get(alarm.id));
      this.#note(entry);
      if (isHidden(alarm.state)) hidden.push(entry);
      else if (alarm.state !== 'normal') active.push(entry);
    }
    this.#active.reset(active);
    this.#hidden.reset(hidden);
  }

  /** As it is now; `undefined` when it is normal again. */
  set(id: string, alarm: Alarm | undefined): void {
    const old = this.#entries.get(id);
    if (old !== undefined) this.#forget(old);
    if (alarm === undefined) return;
    const entry = entryOf(alarm, old);
    this.#note(entry);
    this.#list(alarm)?.add(entry);
  }

  #list(alarm: Alarm): Sorted | undefined {
    if (isHidden(alarm.state)) return this.#hidden;
    return alarm.state === 'normal' ? undefined : this.#active;
  }

  #note(entry: Entry): void {
    const { alarm } = entry;
    this.#entries.set(alarm.id, entry);
    let counts = this.#positions.get(alarm.position);
    if (counts === undefined) this.#positions.set(alarm.position, (counts = noCounts()));
    count(counts, alarm, 1);
    if (alarm.request !== null) this.#requests.add(entry);
    const there = this.#assets.get(alarm.asset);
    if (there === undefined) this.#assets.set(alarm.asset, new Set([entry]));
    else there.add(entry);
  }

  #forget(entry: Entry): void {
    const { alarm } = entry;
    this.#entries.delete(alarm.id);
    this.#requests.delete(entry);
    const counts = this.#positions.get(alarm.position);
    if (counts !== undefined) count(counts, alarm, -1);
    const there = this.#assets.get(alarm.asset);
    if (there?.delete(entry) === true && there.size === 0) this.#assets.delete(alarm.asset);
    this.#list(alarm)?.drop(entry);
  }
}
