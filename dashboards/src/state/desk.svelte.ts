import type { Alarm } from '../gen/wire';
import { isOf, names } from './desk';
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

  /** Mine: to be seen and heard. */
  mine = (alarm: Pick<Alarm, 'position'>): boolean => isOf(alarm, this.chosen, this.known);

  /** In the lists now. */
  shows = (alarm: Pick<Alarm, 'position'>): boolean => this.others || this.mine(alarm);
}

export const desk = new Desk();
