import type { Counts } from '../live/standing';
import { awayOf, names } from './desk';
import { route } from './route.svelte';

const KEY = 'linepack.positions';

/** Which operator positions this browser sits at. The address carries it, so that a link shows the same alarms. */
class Desk {
  #kept = $state<string[]>(names(localStorage.getItem(KEY)));
  known = $state.raw<string[]>([]);
  /** The alarms of other positions too, for a look. */
  others = $state(false);

  get chosen(): string[] {
    const given = route.query.get('position');
    return given === null ? this.#kept : names(given);
  }

  choose(positions: string[]): void {
    this.#kept = positions;
    localStorage.setItem(KEY, positions.join(','));
    route.set({ position: positions.join(',') });
  }

  toggle(position: string): void {
    const on = this.chosen.includes(position);
    this.choose(on ? this.chosen.filter((p) => p !== position) : [...this.chosen, position]);
  }

  #away = $derived(awayOf(this.chosen, this.known));

  /** Mine: to be seen and heard. */
  mine = (of: { position: string }): boolean => !this.#away.has(of.position);

  /** In the lists now. */
  shows = (of: { position: string }): boolean => this.others || !this.#away.has(of.position);

  /** Nothing is left out of the lists. */
  get showsAll(): boolean {
    return this.others || this.#away.size === 0;
  }

  /** How many of a kind stand at the positions of which the lists show alarms. */
  shown(counts: ReadonlyMap<string, Counts>, kind: keyof Counts): number {
    return this.#sum(counts, kind, (position) => this.shows({ position }));
  }

  #sum(counts: ReadonlyMap<string, Counts>, kind: keyof Counts, wanted: (position: string) => boolean): number {
    let sum = 0;
    for (const [position, of] of counts) if (wanted(position)) sum += of[kind];
    return sum;
  }
}

export const desk = new Desk();
