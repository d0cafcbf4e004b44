import type { Crew } from '../gen/wire';
import { word, type Dict } from '../i18n/dict';
import { crewNumber, span } from '../lib/format';

/** A position older than this is said, ms. */
const OLD_POSITION = 600_000;

/** Name of a crew's picture on the map: number and status, with its age when old. */
export function crewPicture(crew: Crew, now: number, t: Dict): string {
  const age = crew.position_ms === null ? null : now - crew.position_ms;
  const old = age !== null && age > OLD_POSITION;
  const status = word(t.crewStatus, crew.status);
  const text = old ? `${status} · ${t.incident.lastSeen(span(age, t))}` : crew.position_ms === null ? `${status} · ${t.incident.fromBase}` : status;
  const faint = old || crew.status === 'off-duty' || crew.status === 'out-of-contact';
  return `crew|${crewNumber(crew.id)}|${text}|${faint ? 'dim' : ''}`;
}
