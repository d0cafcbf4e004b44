import type { Alarm } from '../gen/wire';
import { rankOf } from '../lib/priority';
import { live } from '../live/live.svelte';
import { desk } from './desk.svelte';
import { prefs } from './prefs.svelte';
import { RESOUND, sound } from './sound';

/** Sounds new alarms, and critical ones again while nobody acknowledges. Silence is not an acknowledgement. */
export function annunciate(): () => void {
  /** When each that waits was raised: what waits already is not new. */
  const known = new Map<string, number>();
  let resound = 0;
  /** The priority when it is to be heard. */
  const heard = (id: string, alarm: Alarm | undefined): string | null => {
    if (alarm?.state !== 'unacknowledged' || !desk.mine(alarm)) {
      known.delete(id);
      return null;
    }
    const raised = alarm.raised_ms ?? 0;
    if (known.get(id) === raised) return null;
    known.set(id, raised);
    return alarm.priority;
  };
  const stopListening = live.listen((changes, book) => {
    let worst: string | null = null;
    if (changes.reset) for (const id of known.keys()) if (!book.alarms.has(id)) known.delete(id);
    for (const id of changes.reset ? book.alarms.keys() : changes.alarms) {
      const priority = heard(id, book.alarms.get(id));
      if (priority !== null && (worst === null || rankOf(priority) < rankOf(worst))) worst = priority;
    }
    if (worst === null) return;
    resound = Date.now() + RESOUND;
    if (!prefs.muted) sound(worst);
  });
  const timer = setInterval(() => {
    if (prefs.muted || Date.now() < resound) return;
    if (desk.own(live.counts, 'unacknowledgedCritical') === 0) return;
    resound = Date.now() + RESOUND;
    sound('critical');
  }, 1000);
  return () => {
    stopListening();
    clearInterval(timer);
  };
}
