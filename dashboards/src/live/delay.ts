/** Estimates the hub's clock and the time from sensor to screen. */
export class DelayMeter {
  /** Hub clock minus ours, ms: the largest seen lately, because what travels slower looks smaller. */
  offset = 0;
  #offsets: number[] = [];
  #delays: { at: number; ms: number }[] = [];

  /** A frame the hub stamped `hub_ms` arrived at `here_ms`. */
  frame(hub_ms: number, here_ms: number): void {
    this.#offsets.push(hub_ms - here_ms);
    if (this.#offsets.length > 120) this.#offsets.shift();
    this.offset = Math.max(...this.#offsets);
  }

  /** A value measured at `source_ms` (hub's calendar) is on the screen at `here_ms`. */
  value(source_ms: number, here_ms: number): void {
    this.#delays.push({ at: here_ms, ms: Math.max(0, here_ms + this.offset - source_ms) });
    if (this.#delays.length > 200) this.#delays.shift();
  }

  /** Middle of the last ten seconds, ms; null when nothing came. */
  median(here_ms: number): number | null {
    const recent = this.#delays.filter((d) => here_ms - d.at < 10_000).map((d) => d.ms);
    if (recent.length === 0) return null;
    recent.sort((a, b) => a - b);
    return recent[Math.floor(recent.length / 2)] ?? null;
  }
}
