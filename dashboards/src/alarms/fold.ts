import type { Alarm } from '../gen/wire';
import { isUnacknowledged, rankOf } from '../lib/priority';

/** A row of the list: an alarm alone, the head of a group, or one of its members while the group is open. */
export interface Row {
  alarm: Alarm;
  /** Alarms of the group, the head included; 1 where it stands alone. */
  count: number;
  /** Of the whole group. */
  worst: string;
  unacknowledged: number;
  /** It stands for its group, and whether that is open. */
  head: boolean;
  open: boolean;
  /** It stands under a head. */
  member: boolean;
}

const alone = (alarm: Alarm): Row => ({
  alarm,
  count: 1,
  worst: alarm.priority,
  unacknowledged: Number(isUnacknowledged(alarm.state)),
  head: false,
  open: false,
  member: false,
});

/** Groups stand where their first alarm in the order given would; the probable cause leads where it is still there. */
export function fold(alarms: readonly Alarm[], isOpen: (group: string) => boolean): Row[] {
  const groups = new Map<string, Alarm[]>();
  for (const a of alarms) {
    if (a.group === null) continue;
    const members = groups.get(a.group);
    if (members === undefined) groups.set(a.group, [a]);
    else members.push(a);
  }
  const rows: Row[] = [];
  const done = new Set<string>();
  for (const a of alarms) {
    const members = a.group === null ? undefined : groups.get(a.group);
    if (a.group === null || members === undefined || members.length < 2) {
      rows.push(alone(a));
      continue;
    }
    if (done.has(a.group)) continue;
    done.add(a.group);
    const cause = members.find((m) => m.first_out) ?? [...members].sort((x, y) => (x.raised_ms ?? 0) - (y.raised_ms ?? 0))[0] ?? a;
    const worst = members.reduce((w, m) => (rankOf(m.priority) < rankOf(w) ? m.priority : w), cause.priority);
    const unacknowledged = members.filter((m) => isUnacknowledged(m.state)).length;
    const open = isOpen(a.group);
    rows.push({ alarm: cause, count: members.length, worst, unacknowledged, head: true, open, member: false });
    if (open) for (const m of members) if (m !== cause) rows.push({ ...alone(m), member: true });
  }
  return rows;
}
