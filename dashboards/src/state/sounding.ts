import type { Alarm } from '../gen/wire';
import { isUnacknowledged, rankOf } from '../lib/priority';

/** Critical and high alarms that nobody acknowledges sound again after this long, ms. */
export const RESOUND = 30_000;
const RESOUNDING = 2;

/** What an alarm is heard by. */
export type Heard = Pick<Alarm, 'state' | 'priority' | 'raised_ms'>;
/** An alarm of the operator's own by its id; nothing where it is not, or not any more. */
export type Own = (id: string) => Heard | undefined;

function worse(a: string | null, b: string): string {
  return a === null || rankOf(b) < rankOf(a) ? b : a;
}

/** Which tone when: a new alarm once, bad ones again until somebody acknowledges. What has returned or is acknowledged is silent. */
export class Sounding {
  /** When each that waits for somebody was raised. */
  private waiting = new Map<string, number>();
  private next = 0;

  /** After alarms changed: the priority to sound for what is new, or none. */
  changed(ids: Iterable<string>, own: Own, now: number): string | null {
    let worst: string | null = null;
    for (const id of ids) {
      const alarm = own(id);
      if (alarm === undefined || !isUnacknowledged(alarm.state)) {
        this.waiting.delete(id);
        continue;
      }
      const raised = alarm.raised_ms ?? 0;
      if (alarm.state === 'unacknowledged' && this.waiting.get(id) !== raised) worst = worse(worst, alarm.priority);
      this.waiting.set(id, raised);
    }
    if (worst !== null) this.next = now + RESOUND;
    return worst;
  }

  /** After everything was told anew: the same, of all there are. */
  anew(ids: Iterable<string>, own: Own, now: number): string | null {
    return this.changed(new Set([...this.waiting.keys(), ...ids]), own, now);
  }

  /** From time to time: the priority to sound again, or none. */
  again(own: Own, now: number): string | null {
    if (now < this.next) return null;
    let worst: string | null = null;
    for (const id of this.waiting.keys()) {
      const alarm = own(id);
      if (alarm === undefined || alarm.state === 'returned-unacknowledged') continue;
      if (rankOf(alarm.priority) <= RESOUNDING) worst = worse(worst, alarm.priority);
    }
    this.next = now + RESOUND;
    return worst;
  }
}
