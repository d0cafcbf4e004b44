import type { Assignment, Incident } from '../gen/wire';

/** Rest of the way, as promised at the offer; null once it is not travelling. */
export interface CrewOn {
  crew: string;
  state: string;
  eta_ms: number | null;
}

const WORKING = ['restored', 'made-safe', 'on-scene', 'en-route', 'accepted', 'offered'];

/** The assignment that is furthest along and still runs. */
export function leading(assignments: readonly Assignment[]): Assignment | null {
  for (const state of WORKING) {
    const found = assignments.find((a) => a.state === state);
    if (found !== undefined) return found;
  }
  return null;
}

export function crewOn(incident: Incident, now: number): CrewOn | null {
  const a = leading(incident.assignments);
  if (a === null) return null;
  const left = a.state === 'en-route' && a.en_route_ms !== null ? a.en_route_ms + a.eta_s * 1000 - now : null;
  return { crew: a.crew, state: a.state, eta_ms: left !== null && left > 0 ? left : null };
}

/** Worst first, then the oldest: the one that has waited longest. */
export function compareIncidents(a: Incident, b: Incident): number {
  const order = ['critical', 'high', 'medium', 'low'];
  return order.indexOf(a.priority) - order.indexOf(b.priority) || a.opened_ms - b.opened_ms || (a.id < b.id ? -1 : 1);
}
