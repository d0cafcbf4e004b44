import { get, post, seg, type Page } from '../api/client';
import type { Assignment, Incident } from '../gen/wire';
import { live } from '../live/live.svelte';
import { notices } from '../state/notices.svelte';
import { session } from '../state/session.svelte';
import { page } from '../state/sound';
import { current } from './steps';

/** Pages again while nobody answers, ms. */
const AGAIN = 8_000;

/** The crew's own work: from the list at the start and after each reconnection, and live from the socket. */
export class CrewWork {
  #listed = $state.raw<Assignment[]>([]);
  busy = $state(false);
  /** The last one that was completed here. */
  done = $state(false);

  assignments = $derived.by(() => {
    const byId = new Map(this.#listed.map((a) => [a.id, a]));
    for (const incident of live.incidents.values()) {
      for (const a of incident.assignments) if (a.crew === session.me?.crew) byId.set(a.id, a);
    }
    return [...byId.values()];
  });
  now = $derived(current(this.assignments));
  incident = $derived<Incident | null>(
    this.now === null ? null : (live.incidents.get(this.now.incident) ?? this.now.incident_detail ?? this.#listed.find((a) => a.id === this.now?.id)?.incident_detail ?? null),
  );

  async list(): Promise<void> {
    const crew = session.me?.crew;
    if (crew === null || crew === undefined) return;
    await notices.attempt(async () => {
      this.#listed = (await get<Page<Assignment>>(`/assignments?crew=${seg(crew)}`)).items;
    });
  }

  async say(step: string, body: Record<string, unknown> = {}): Promise<boolean> {
    const a = this.now;
    if (a === null || this.busy) return false;
    this.busy = true;
    const went = await notices.attempt(() => post(`/assignments/${seg(a.id)}/${step}`, body));
    // A page can have ended elsewhere: look again either way.
    await this.list();
    if (went) this.done = step === 'complete';
    this.busy = false;
    return went;
  }

  /** Sounds and shakes while a page waits, until the answer is called. */
  ring(): () => void {
    const timer = setInterval(page, AGAIN);
    page();
    return () => clearInterval(timer);
  }
}
