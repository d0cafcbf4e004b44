import { live } from '../live/live.svelte';
import { desk } from './desk.svelte';
import { prefs } from './prefs.svelte';
import { sound } from './sound';
import { Sounding, type Own } from './sounding';

/** Sounds new alarms, and bad ones again while nobody acknowledges. Silence is not an acknowledgement. */
export function annunciate(): () => void {
  const sounding = new Sounding();
  const own: Own = (id) => {
    const alarm = live.book.alarms.get(id);
    return alarm !== undefined && desk.mine(alarm) ? alarm : undefined;
  };
  const heard = (priority: string | null): void => {
    if (priority !== null && !prefs.muted) sound(priority);
  };
  const stopListening = live.listen((changes, book) => {
    if (changes.reset) heard(sounding.anew(book.alarms.keys(), own, Date.now()));
    else heard(sounding.changed(changes.alarms, own, Date.now()));
  });
  const timer = setInterval(() => {
    if (!prefs.muted) heard(sounding.again(own, Date.now()));
  }, 1000);
  return () => {
    stopListening();
    clearInterval(timer);
  };
}
