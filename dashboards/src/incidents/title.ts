import { alarmTitle } from '../alarms/text';
import type { Alarm, Incident } from '../gen/wire';
import { word, type Dict, type Language } from '../i18n/dict';

/** In the reader's language where an alarm says what it is; else the hub's own line. */
export function incidentTitle(incident: Incident, alarms: ReadonlyMap<string, Alarm>, t: Dict, language: Language): string {
  const first = incident.alarms.map((id) => alarms.get(id)).find((a) => a !== undefined);
  if (first !== undefined) return alarmTitle(first, t, language);
  return incident.title || word(t.incidentKind, incident.kind);
}
