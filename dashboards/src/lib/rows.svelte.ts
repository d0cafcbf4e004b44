import { untrack } from 'svelte';
import { offsetOf, pieces, reveal, rowAt, seen, type Piece, type Shape } from './window';

/** Rows drawn above and below of what is in sight: a turn of the wheel finds them there. */
const BESIDE = 6;
/** Rows above and below of what is in sight that hold the list when all in sight have moved. */
const NEAR = 100;

/** What scrolls a list: the nearest ancestor that may, or the list itself. */
function scrollerOf(node: HTMLElement): HTMLElement {
  for (let at: HTMLElement | null = node; at !== null; at = at.parentElement) {
    if (['auto', 'scroll'].includes(getComputedStyle(at).overflowY)) return at;
  }
  return document.documentElement;
}

/** How a list is drawn, pixels. */
export interface Look {
  /** Height of a row. */
  row: number;
  /** Height of a heading that stays in sight above the rows. */
  heading: number;
}

/** How a list tells its rows apart, and when it must not move. */
export interface Marks<T> {
  /** What a row is known by; the same as long as it has not moved by itself. */
  mark: (item: T) => number;
  /** What it moves with: its group's, else its own. */
  group: (item: T) => number;
  /** Somebody works in a row: the list holds still at its beginning too. */
  still: () => boolean;
}

/**
 * A long list of which only the rows in sight are drawn. What stood in sight stays there while rows come and go above, and
 * while something opens above the list: first of all the chosen row, then the one under the pointer, which is about to be
 * clicked, then the uppermost. At its beginning the list shows what comes.
 */
export class Rows<T> {
  #look: () => Look;
  /** How much taller the chosen row is than the others, pixels. */
  extra = $state(0);
  #items: () => readonly T[];
  #tall: () => number;
  #marks: Marks<T>;
  #top = $state(0);
  #view = $state(0);
  #list: HTMLElement | null = null;
  #scroller: HTMLElement | null = null;
  /** The rows in sight and near, and how far below the edge each began; empty where the list stood at its beginning. */
  #held = new Map<number, { below: number; group: number }>();
  /** Of those, the one that must not move. */
  #fixed: number | null = null;
  /** Where the pointer is over the list, pixels from the top of the screen. */
  #pointer: number | null = null;
  /** Where the list began then, were nothing scrolled, pixels. */
  #began = 0;

  constructor(look: () => Look, items: () => readonly T[], tall: () => number, marks: Marks<T>) {
    this.#look = look;
    this.#items = items;
    this.#tall = tall;
    this.#marks = marks;
  }

  #shape = $derived.by((): Shape => ({ count: this.#items().length, row: this.height, tall: this.#tall(), extra: this.extra }));
  #seen = $derived(seen(this.#shape, this.#top, this.#top + this.#view));
  pieces: Piece[] = $derived(pieces(this.#shape, this.#seen, BESIDE, [this.#shape.tall]));

  /** Of a row, pixels. */
  get height(): number {
    return this.#look().row;
  }

  /** First and one after the last in sight. */
  get seen(): [number, number] {
    return this.#seen;
  }

  /** It stands at its beginning. */
  get first(): boolean {
    return this.#top === 0;
  }

  /** Attachment of the element that holds heading and rows. */
  attach = (list: HTMLElement): (() => void) => {
    const scroller = scrollerOf(list);
    this.#list = list;
    this.#scroller = scroller;
    const look = (): void => this.#note();
    const sizes = new ResizeObserver(look);
    sizes.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    const point = (event: PointerEvent): void => {
      this.#pointer = event.type === 'pointerleave' ? null : event.clientY;
      look();
    };
    list.addEventListener('pointermove', point);
    list.addEventListener('pointerleave', point);
    untrack(look);
    return () => {
      sizes.disconnect();
      scroller.removeEventListener('scroll', look);
      list.removeEventListener('pointermove', point);
      list.removeEventListener('pointerleave', point);
      this.#list = this.#scroller = null;
    };
  };

  /** Attachment of what stands above the list and may grow. */
  above = (node: HTMLElement): (() => void) => {
    const sizes = new ResizeObserver(() => this.hold());
    sizes.observe(node);
    return () => sizes.disconnect();
  };

  /** Brings a row into sight. */
  reveal(index: number): void {
    const to = reveal(this.#shape, index, this.#top, this.#view);
    if (to === null || this.#scroller === null) return;
    this.#scroller.scrollTop += to - this.#top;
    this.#note();
  }

  /** After the rows or what is above them have changed: what was in sight is there again, unless the list stood at its beginning. */
  hold(): void {
    const by = this.#shift();
    if (this.#scroller !== null && Math.abs(by) >= 1) this.#scroller.scrollTop += by;
    this.#note();
  }

  /** How far down the row that must not move was pushed, else the uppermost of those in sight that have not moved, else the nearest. */
  #shift(): number {
    if (this.#held.size === 0) return 0;
    let [shift, nearest] = [0, Infinity];
    const items = this.#items();
    for (let i = 0; i < items.length && nearest > 0; i += 1) {
      const held = this.#held.get(this.#marks.mark(items[i] as T));
      if (held === undefined || held.group !== this.#marks.group(items[i] as T)) continue;
      const { below } = held;
      const inSight = below > -this.height && below < this.#view;
      const far = this.#marks.mark(items[i] as T) === this.#fixed ? 0 : inSight ? 1 + Math.max(below, 0) : 1 + this.#view + Math.abs(below);
      if (far < nearest) [shift, nearest] = [offsetOf(this.#shape, i) - below - this.#top, far];
    }
    return shift + this.#origin() - this.#began;
  }

  /** Where the list would begin on the screen, were nothing scrolled. */
  #origin(): number {
    const [list, scroller] = [this.#list, this.#scroller];
    if (list === null || scroller === null) return 0;
    return list.getBoundingClientRect().top + (scroller === list ? 0 : scroller.scrollTop);
  }

  /** Notes what is in sight. */
  #note(): void {
    const [list, scroller] = [this.#list, this.#scroller];
    if (list === null || scroller === null) return;
    const edge = scroller === document.documentElement ? 0 : scroller.getBoundingClientRect().top;
    // how far the list, its heading included, begins below the edge of what is in sight
    const from = scroller === list ? -list.scrollTop : list.getBoundingClientRect().top - edge;
    this.#top = Math.max(0, -from);
    this.#view = Math.max(0, scroller.clientHeight - this.#look().heading - Math.max(0, from));
    this.#held.clear();
    this.#fixed = null;
    this.#began = this.#origin();
    if (this.#top === 0 && !this.#marks.still()) return;
    const [first, last] = this.#seen;
    const items = this.#items();
    const end = Math.min(items.length, last + NEAR);
    for (let i = Math.max(0, first - NEAR); i < end; i += 1) {
      const item = items[i] as T;
      this.#held.set(this.#marks.mark(item), { below: offsetOf(this.#shape, i) - this.#top, group: this.#marks.group(item) });
    }
    const { tall } = this.#shape;
    const under = this.#pointer === null ? -1 : rowAt(this.#shape, this.#pointer - list.getBoundingClientRect().top - this.#look().heading);
    const fixed = items[tall >= first && tall < last ? tall : under];
    if (fixed !== undefined) this.#fixed = this.#marks.mark(fixed);
  }
}
