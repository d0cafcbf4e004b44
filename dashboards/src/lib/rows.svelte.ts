import { offsetOf, pieces, reveal, seen, type Piece, type Shape } from './window';

/** Rows drawn above and below of what is in sight: a turn of the wheel finds them there. */
const BESIDE = 6;

/** What scrolls a list: the nearest ancestor that may, or the list itself. */
function scrollerOf(node: HTMLElement): HTMLElement {
  for (let at: HTMLElement | null = node; at !== null; at = at.parentElement) {
    if (['auto', 'scroll'].includes(getComputedStyle(at).overflowY)) return at;
  }
  return document.documentElement;
}

/** A long list of which only the rows in sight are drawn. `mark` tells a row that has not moved from one that has, so that what stood in sight stays there. */
export class Rows<T> {
  readonly height: number;
  /** Height of a heading that stays in sight above the rows, pixels. */
  readonly #cover: number;
  /** How much taller the chosen row is than the others, pixels. */
  extra = $state(0);
  #items: () => readonly T[];
  #tall: () => number;
  #mark: (item: T) => unknown;
  #top = $state(0);
  #view = $state(0);
  #list: HTMLElement | null = null;
  #scroller: HTMLElement | null = null;
  /** The rows that were in sight, and how far below the edge each began; empty where the list stood at its beginning. */
  #held = new Map<unknown, number>();

  constructor(height: number, cover: number, items: () => readonly T[], tall: () => number, mark: (item: T) => unknown) {
    this.height = height;
    this.#cover = cover;
    this.#items = items;
    this.#tall = tall;
    this.#mark = mark;
  }

  #shape = $derived.by((): Shape => ({ count: this.#items().length, row: this.height, tall: this.#tall(), extra: this.extra }));
  #seen = $derived(seen(this.#shape, this.#top, this.#top + this.#view));
  pieces: Piece[] = $derived(pieces(this.#shape, this.#seen, BESIDE, [this.#shape.tall]));

  /** First and one after the last in sight. */
  get seen(): [number, number] {
    return this.#seen;
  }

  /** Attachment of the element that holds heading and rows. */
  attach = (list: HTMLElement): (() => void) => {
    const scroller = scrollerOf(list);
    this.#list = list;
    this.#scroller = scroller;
    const look = (): void => this.#look();
    const sizes = new ResizeObserver(look);
    sizes.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      scroller.removeEventListener('scroll', look);
      this.#list = this.#scroller = null;
    };
  };

  /** Brings a row into sight. */
  reveal(index: number): void {
    const to = reveal(this.#shape, index, this.#top, this.#view);
    if (to === null || this.#scroller === null) return;
    this.#scroller.scrollTop += to - this.#top;
    this.#look();
  }

  /** After the rows have changed: what was in sight is there again, unless the list stood at its beginning. */
  hold(): void {
    const to = this.#place();
    if (to !== null && this.#scroller !== null && Math.abs(to - this.#top) >= 1) this.#scroller.scrollTop += to - this.#top;
    this.#look();
  }

  /** Where the first of the rows that were in sight and have not moved asks the list to stand. */
  #place(): number | null {
    if (this.#held.size === 0) return null;
    let [place, nearest]: [number | null, number] = [null, Infinity];
    const items = this.#items();
    for (let i = 0; i < items.length; i += 1) {
      const below = this.#held.get(this.#mark(items[i] as T));
      if (below === undefined || below >= nearest) continue;
      [place, nearest] = [offsetOf(this.#shape, i) - below, below];
      if (below <= 0) break;
    }
    return place;
  }

  #look(): void {
    const [list, scroller] = [this.#list, this.#scroller];
    if (list === null || scroller === null) return;
    const edge = scroller === document.documentElement ? 0 : scroller.getBoundingClientRect().top;
    // how far the list, its heading included, begins below the edge of what is in sight
    const from = scroller === list ? -list.scrollTop : list.getBoundingClientRect().top - edge;
    this.#top = Math.max(0, -from);
    this.#view = Math.max(0, scroller.clientHeight - this.#cover - Math.max(0, from));
    this.#held.clear();
    if (this.#top === 0) return;
    const [first, last] = this.#seen;
    const items = this.#items();
    for (let i = first; i < last; i += 1) this.#held.set(this.#mark(items[i] as T), offsetOf(this.#shape, i) - this.#top);
  }
}
