import { ApiError, get, seg, type Page } from '../api/client';
import type { BandRow, Model, ModelBands } from '../gen/wire';

/** How often what is normal is asked for again while it is on the screen, ms. */
const AGAIN = 15_000;

/** The models that watch one point, kept fresh. */
export class PointModels {
  all = $state.raw<readonly Model[]>([]);
  #point = '';

  /** Follows a point until the answer is called. */
  follow(point: string): () => void {
    this.#point = point;
    this.all = [];
    void this.look();
    const timer = setInterval(() => void this.look(), AGAIN);
    return () => clearInterval(timer);
  }

  async look(): Promise<void> {
    const point = this.#point;
    try {
      const page = await get<Page<Model>>(`/models?point=${encodeURIComponent(point)}`);
      if (point === this.#point) this.all = page.items;
    } catch (error) {
      // A hub that does not answer is told of elsewhere; what was known stays.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

/** What was to be expected of a time. */
export interface Bands {
  rows: readonly BandRow[];
  /** The model still learns: the band says little. */
  early: boolean;
}

/** The bands of the first model that has any. */
export async function bandsOf(models: readonly Model[], from: number, to: number): Promise<Bands> {
  for (const model of models) {
    if (model.finding === null || (model.finding.low === null && model.finding.high === null)) continue;
    const bands = await get<ModelBands>(`/models/${seg(model.id)}/bands?from_ms=${from}&to_ms=${to}&max_points=500`);
    if (bands.rows.length > 0) return { rows: bands.rows, early: model.state === 'learning' };
  }
  return { rows: [], early: false };
}
