import { ApiError, get, seg } from '../api/client';
import type { Incident, Ranking } from '../gen/wire';

/** How often the ranking is asked again while it is on the screen, ms: crews move. */
const AGAIN = 10_000;

/** The parts of an incident that do not come by the socket: timeline and candidates. */
export class IncidentWatch {
  whole = $state.raw<Incident | null>(null);
  ranking = $state.raw<Ranking | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;

  /** Asks for `id` now and again, until the answer is called. */
  watch(id: string, withCandidates: boolean): () => void {
    const round = ++this.#round;
    if (this.whole?.id !== id) {
      this.whole = null;
      this.ranking = null;
    }
    void this.#look(id, withCandidates, round);
    return () => {
      this.#round += 1;
      clearTimeout(this.#timer);
    };
  }

  async #look(id: string, withCandidates: boolean, round: number): Promise<void> {
    try {
      const [whole, ranking] = await Promise.all([
        get<Incident>(`/incidents/${seg(id)}`),
        withCandidates ? get<Ranking>(`/incidents/${seg(id)}/candidates?k=5`) : Promise.resolve(null),
      ]);
      if (round !== this.#round) return;
      this.whole = whole;
      this.ranking = ranking;
    } catch (error) {
      // The socket tells that the hub is away; a lost answer is asked again.
      if (!(error instanceof ApiError)) throw error;
    }
    if (round === this.#round) this.#timer = setTimeout(() => void this.#look(id, withCandidates, round), AGAIN);
  }
}
