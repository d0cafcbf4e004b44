import type { Ready } from '../gen/wire';

/** What `/readyz` says: the store and the links to the field. */
class Health {
  ready = $state.raw<Ready | null>(null);

  async look(): Promise<void> {
    try {
      const response = await fetch('/readyz', { headers: { accept: 'application/json' } });
      // An unready hub answers 503 with the same body.
      const body = (await response.json()) as Partial<Ready>;
      this.ready = body.store !== undefined && body.connections !== undefined ? (body as Ready) : null;
    } catch {
      this.ready = null;
    }
  }
}

export const health = new Health();

/** Looks every five seconds until the answer is called. */
export function watchHealth(): () => void {
  void health.look();
  const timer = setInterval(() => void health.look(), 5000);
  return () => clearInterval(timer);
}
