/** What a painter needs from its surroundings, so that tests can stand in. */
export interface Screen {
  /** Before the next picture of the screen. */
  frame(run: () => void): void;
  later(ms: number, run: () => void): void;
  /** Of a clock that only goes on, ms. */
  now(): number;
  /** Nobody looks: there are no frames. */
  hidden(): boolean;
}

/** Between two updates of a page nobody looks at, ms. */
const UNSEEN = 250;
/** Of the time of the page's one thread, painting takes at most one part in so many. */
const SHARE = 4;

/** Paints once a frame however often it is asked, and less often where a picture is dear: keys and clicks have their turn between. */
export class Painter {
  #screen: Screen;
  #paint: () => void;
  #asked = false;
  #notBefore = 0;

  constructor(screen: Screen, paint: () => void) {
    this.#screen = screen;
    this.#paint = paint;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const wait = this.#notBefore - this.#screen.now();
    if (this.#screen.hidden()) this.#screen.later(Math.max(UNSEEN, wait), this.#run);
    else if (wait > 0) this.#screen.later(wait, () => this.#screen.frame(this.#run));
    else this.#screen.frame(this.#run);
  }

  #run = (): void => {
    this.#asked = false;
    const start = this.#screen.now();
    this.#paint();
    const end = this.#screen.now();
    this.#notBefore = end + (end - start) * (SHARE - 1);
  };
}
