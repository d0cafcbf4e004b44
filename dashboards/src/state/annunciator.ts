import { live } from '../live/live.svelte';
import { isHidden, isUnacknowledged, rankOf } from '../lib/priority';
import { desk } from './desk.svelte';
import { prefs } from './prefs.svelte';
import { RESOUND, sound } from './sound';

/** Sounds new alarms, and critical ones again while nobody acknowledges. Silence is not an acknowledgement. */
export function annunciate(): () => void {
  let known = new Map<string, number>();
  let resound = 0;
  const stopListening = live.listen((changes, book) => {
    if (!changes.reset && changes.alarms.size === 0) return;
    let worst: string | null = null;
    const next = new Map<string, number>();
    for (const alarm of book.alarms.values()) {
      if (alarm.state !== 'unacknowledged' || isHidden(alarm.state) || !desk.mine(alarm)) continue;
      const raised = alarm.raised_ms ?? 0;
      next.set(alarm.id, raised);
      const fresh = known.get(alarm.id) !== raised;
      if (fresh && (worst === null || rankOf(alarm.priority) < rankOf(worst))) worst = alarm.priority;
    }
    known = next;
    if (worst !== null) {
      resound = Date.now() + RESOUND;
      if (!prefs.muted) sound(worst);
    }
  });
  const timer = setInterval(() => {
    if (prefs.muted || Date.now() < resound) return;
    const critical = [...live.book.alarms.values()].some((a) => rankOf(a.priority) === 1 && isUnacknowledged(a.state) && desk.mine(a));
    if (!critical) return;
    resound = Date.now() + RESOUND;
    sound('critical');
  }, 1000);
  return () => {
    stopListening();
    clearInterval(timer);
  };
}
