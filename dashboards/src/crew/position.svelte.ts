import { ApiError, post, seg } from '../api/client';
import { session } from '../state/session.svelte';

/** At most this often a fix is sent, ms. */
const EVERY = 5_000;

/** Sends the phone's fixes while the person allows it. */
class PositionReport {
  state = $state<'off' | 'on' | 'refused'>('off');
  #watch: number | null = null;
  #last = 0;

  start(): void {
    if (this.#watch !== null || !('geolocation' in navigator)) return;
    this.#watch = navigator.geolocation.watchPosition(
      (fix) => void this.#send(fix),
      () => this.#refused(),
      { enableHighAccuracy: true, maximumAge: EVERY },
    );
  }

  stop(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.state = 'off';
  }

  /** Starts by itself where the person has allowed it before. */
  async resume(): Promise<void> {
    try {
      const permission = await navigator.permissions.query({ name: 'geolocation' });
      if (permission.state === 'granted') this.start();
    } catch {
      // A browser without the permissions interface waits for the button.
    }
  }

  #refused(): void {
    this.stop();
    this.state = 'refused';
  }

  async #send(fix: GeolocationPosition): Promise<void> {
    const crew = session.me?.crew;
    if (crew == null || fix.timestamp - this.#last < EVERY) return;
    this.#last = fix.timestamp;
    const { longitude, latitude, accuracy } = fix.coords;
    try {
      await post(`/crews/${seg(crew)}/position`, { lon: longitude, lat: latitude, ts_ms: Math.round(fix.timestamp), accuracy_m: accuracy });
      this.state = 'on';
    } catch (error) {
      // The next fix is a few seconds away.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

export const position = new PositionReport();
