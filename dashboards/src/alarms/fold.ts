import type { Alarm } from '../gen/wire';
import { isUnacknowledged, rankOf } from '../lib/priority';
import type { Entry } from '../live/entry';

/** The head of a group: its probable cause, which stands for the whole. */
export interface Head {
  group: string;
  entry: Entry;
  members: Entry[];
  open: boolean;
}

/** One of a group, under its head. */
export interface Member {
  under: Head;
  entry: Entry;
}

/** A line of the list; an alarm alone is its own line, so that a hundred thousand of them cost nothing more. */
export type Line = Entry | Head | Member;

/** A line as it is drawn. */
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

export const isHead = (line: Line): line is Head => 'members' in line;
export const entryAt = (line: Line): Entry => ('alarm' in line ? line : line.entry);
/** What a line moves with: the first of its group in the order of the list, which says where the group stands. */
export function leaderOf(line: Line): Entry {
  if ('alarm' in line) return line;
  const [first = line.entry] = ('under' in line ? line.under : line).members;
  return first;
}
/** All that a line stands for. */
export const entriesAt = (line: Line): readonly Entry[] => (isHead(line) && !line.open ? line.members : [entryAt(line)]);
export const alarmOf = (line: Line): Alarm => entryAt(line).alarm;

export function rowOf(line: Line): Row {
  const alarm = alarmOf(line);
  if (!isHead(line)) {
    const unacknowledged = Number(isUnacknowledged(alarm.state));
    return { alarm, count: 1, worst: alarm.priority, unacknowledged, head: false, open: false, member: 'under' in line };
  }
  const worst = line.members.reduce((w, m) => (rankOf(m.alarm.priority) < rankOf(w) ? m.alarm.priority : w), alarm.priority);
  const unacknowledged = line.members.filter((m) => isUnacknowledged(m.alarm.state)).length;
  return { alarm, count: line.members.length, worst, unacknowledged, head: true, open: line.open, member: false };
}

/** Groups stand where their first alarm in the order given would; the probable cause leads where it is still there. */
export function fold(entries: readonly Entry[], isOpen: (group: string) => boolean): readonly Line[] {
  const groups = new Map<string, Entry[]>();
  for (const e of entries) {
    if (e.alarm.group === null) continue;
    const members = groups.get(e.alarm.group);
    if (members === undefined) groups.set(e.alarm.group, [e]);
    else members.push(e);
  }
  if (groups.size === 0) return entries;
  const lines: Line[] = [];
  for (const e of entries) {
    const group = e.alarm.group;
    const members = group === null ? undefined : groups.get(group);
    if (group === null || members === undefined || members.length < 2) {
      lines.push(e);
      continue;
    }
    if (members[0] !== e) continue;
    const cause = members.find((m) => m.alarm.first_out) ?? members.reduce((first, m) => (m.raised < first.raised ? m : first), e);
    const head: Head = { group, entry: cause, members, open: isOpen(group) };
    lines.push(head);
    if (head.open) for (const m of members) if (m !== cause) lines.push({ under: head, entry: m });
  }
  return lines;
}
