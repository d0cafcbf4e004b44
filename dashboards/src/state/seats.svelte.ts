import { get, type Page } from '../api/client';
import type { Seat } from '../gen/wire';

/** Who sits at which operator position. */
class Seats {
  items = $state.raw<Seat[]>([]);

  async look(): Promise<void> {
    try {
      this.items = (await get<Page<Seat>>('/positions')).items;
    } catch {
      // The connection's own mark says it; what was known stays.
    }
  }
}

export const seats = new Seats();

/** Looks every ten seconds until the answer is called. */
export function watchSeats(): () => void {
  void seats.look();
  const timer = setInterval(() => void seats.look(), 10_000);
  return () => clearInterval(timer);
}
