import { ApiError, get, seg } from '../api/client';
import type { Alarm } from '../gen/wire';

/** The whole of the alarm somebody looks at: the list has only what it shows of each. */
export class WholeAlarm {
  #alarm = $state.raw<Alarm | null>(null);
  #asking = false;
  #wanted: { id: string; seq: number } | null = null;

  /** As far as it is known. */
  of(brief: Alarm): Alarm {
    return this.#alarm?.id === brief.id ? this.#alarm : brief;
  }

  /** Asks for it unless it is known as it is now. */
  look(id: string, seq: number): void {
    if (this.#alarm?.id === id && this.#alarm.seq >= seq) return;
    this.#wanted = { id, seq };
    if (!this.#asking) void this.#ask();
  }

  /** One question at a time: an alarm that comes and goes does not make a question of each. */
  async #ask(): Promise<void> {
    this.#asking = true;
    for (let wanted = this.#wanted; wanted !== null; wanted = this.#wanted) {
      this.#wanted = null;
      try {
        this.#alarm = await get<Alarm>(`/alarms/${seg(wanted.id)}`);
      } catch (error) {
        // What the list has is shown; the next change asks again.
        if (!(error instanceof ApiError)) throw error;
      }
    }
    this.#asking = false;
  }
}
