import { ApiError, get, seg } from '../api/client';
import type { Alarm, Asset, Value } from '../gen/wire';
import { live } from '../live/live.svelte';

/** How often the value in the alarm is asked for again, ms. */
const AGAIN = 4_000;

/** The alarms of the crew's incident, with the value of each as it is now. */
export class JobAlarms {
  #asked = $state.raw(new Map<string, Alarm>());
  #ids = $state.raw<readonly string[]>([]);
  #values = $state.raw(new Map<string, Value>());

  items = $derived(this.#ids.flatMap((id) => live.alarms.get(id) ?? this.#asked.get(id) ?? []));

  /** What its point reads now, not when it last moved. */
  now(alarm: Alarm): number | null {
    return this.#values.get(alarm.point)?.value ?? alarm.value;
  }

  /** Follows these, and the readings of their asset, until the answer is called. */
  watch(ids: readonly string[], asset: string | null): () => void {
    this.#ids = ids;
    const look = (): void => {
      if (asset !== null) void this.#read(asset);
      for (const id of ids) if (!live.book.alarms.has(id)) void this.#look(id);
    };
    look();
    const timer = setInterval(look, AGAIN);
    return () => clearInterval(timer);
  }

  async #read(asset: string): Promise<void> {
    try {
      const { values } = await get<Asset>(`/assets/${seg(asset)}`);
      this.#values = new Map(values.filter((v) => v.quality === 'good').map((v) => [v.point, v]));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async #look(id: string): Promise<void> {
    try {
      const alarm = await get<Alarm>(`/alarms/${seg(id)}`);
      this.#asked = new Map(this.#asked).set(id, alarm);
    } catch (error) {
      // Its incident may just have ended; the list says so.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}
