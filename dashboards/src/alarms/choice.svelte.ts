import { untrack } from 'svelte';
import { post, seg } from '../api/client';
import type { AckedMany, Alarm } from '../gen/wire';
import type { Dict } from '../i18n/dict';
import { i18n } from '../i18n/i18n.svelte';
import { step } from '../lib/alarms';
import { typing } from '../lib/keys';
import { isHidden, isUnacknowledged, rankOf, type Rank } from '../lib/priority';
import { Rows, type Look } from '../lib/rows.svelte';
import type { Piece } from '../lib/window';
import { newestMark } from '../live/entry';
import { live } from '../live/live.svelte';
import { desk } from '../state/desk.svelte';
import { notices } from '../state/notices.svelte';
import { session } from '../state/session.svelte';
import { alarmOf, entriesAt, entryAt, fold, isHead, leaderOf, rowOf, type Line } from './fold';
import { alarmTitle } from './text';
import { matching, sift } from './words';

/** Most alarms the hub takes in one acknowledgement. */
const ACKS = 1000;

/** A share of a search through a long list, ms: what is typed meanwhile waits no longer. */
const SHARE = 8;

/** The forms of a chosen alarm. */
export type Form = 'shelve' | 'suppress' | 'out-of-service' | 'comment';

/** Cards under each other. */
export const LIST: Look = { row: 80, heading: 0 };
/** A table of one line an alarm. */
export const TABLE: Look = { row: 40, heading: 32 };

/** A list of alarms with a chosen row: filter, keys, acknowledgement. */
export class AlarmChoice {
  filter = $state('');
  priority = $state('');
  hidden = $state(false);
  /** What is open under the chosen alarm. */
  form = $state<Form | null>(null);
  chosen = $state<string | null>(null);
  /** The chosen line as a screen reader is to say it after a key. */
  said = $state('');
  readonly rows: Rows<Line>;
  #open: (alarm: Alarm) => void;
  #filterBox: () => HTMLElement | undefined;

  constructor(look: () => Look, open: (alarm: Alarm) => void, filterBox: () => HTMLElement | undefined) {
    this.#open = open;
    this.#filterBox = filterBox;
    const marks = { mark: (line: Line) => entryAt(line).mark, group: (line: Line) => leaderOf(line).mark, still: () => this.form !== null };
    this.rows = new Rows<Line>(look, () => this.lines, () => this.place, marks);
    $effect(() => {
      void this.lines;
      void this.rows.extra;
      untrack(() => this.rows.hold());
      if (this.rows.first) this.#seen = newestMark();
    });
    $effect(() => {
      if (this.#sifted.left === 0) return;
      const next = setTimeout(() => (this.#share += 1));
      return () => clearTimeout(next);
    });
  }

  /** Those of the desk's positions. */
  all = $derived.by(() => {
    const list = this.hidden ? live.hidden : live.active;
    return desk.showsAll ? list : list.filter((e) => desk.shows(e.alarm));
  });
  #urgent = $derived(this.priority === '' ? this.all : this.all.filter((e) => e.alarm.priority === this.priority));
  #query = $derived(matching(this.filter, i18n.t, i18n.language));
  /** Of a search, moved with each share. */
  #share = $state(0);
  #sifted = $derived.by(() => {
    void this.#share;
    return this.#query === null ? { found: this.#urgent, left: 0 } : sift(this.#urgent, this.#query, SHARE, () => performance.now());
  });
  found = $derived(this.#sifted.found);
  /** The filter has not looked at all of them yet. */
  searching = $derived(this.#sifted.left > 0);
  /** Groups whose folding was changed by hand. */
  #toggled = $state.raw<ReadonlySet<string>>(new Set());
  /** Groups are folded while there is a flood, else open; what is hidden stands for itself. */
  lines: readonly Line[] = $derived(this.hidden ? this.found : fold(this.found, (group) => this.#toggled.has(group) !== (live.floods.length === 0)));
  /** Where the chosen alarm stands; -1: not in the list. */
  place = $derived.by(() => {
    const chosen = this.chosen;
    return chosen === null ? -1 : this.lines.findIndex((line) => alarmOf(line).id === chosen);
  });

  /** The newest that was there when the list last stood at its beginning. */
  #seen = $state(newestMark());
  /** What came above of what is in sight and waits for somebody: how many, and how bad the worst is. */
  news = $derived.by((): { count: number; rank: Rank } => {
    const out: { count: number; rank: Rank } = { count: 0, rank: 4 };
    for (const line of this.lines.slice(0, this.rows.seen[0])) {
      for (const { mark, alarm } of entriesAt(line)) {
        if (mark <= this.#seen || !isUnacknowledged(alarm.state)) continue;
        out.count += 1;
        out.rank = Math.min(out.rank, rankOf(alarm.priority)) as Rank;
      }
    }
    return out;
  });

  /** What an empty list says. */
  nothing(t: Dict): string {
    if (this.searching) return t.alarms.looking;
    if (this.all.length > 0) return t.alarms.nothingFound;
    return this.hidden ? t.alarms.nothingHidden : t.alarms.nothing;
  }

  /** Chooses the first of the list. */
  toFirst(): void {
    this.#goTo(0);
  }

  get mayAck(): boolean {
    return session.may('operator');
  }

  /** The alarms in sight. */
  get page(): Alarm[] {
    return this.lines.slice(...this.rows.seen).map(alarmOf);
  }

  /** What a piece of the list is known by. */
  keyOf(piece: Piece): string {
    if ('gap' in piece) return piece.key;
    const line = this.lines[piece.row];
    return line === undefined ? `none ${piece.row}` : alarmOf(line).id;
  }

  open(alarm: Alarm): void {
    if (this.chosen !== alarm.id) this.form = null;
    this.chosen = alarm.id;
    this.#open(alarm);
  }

  /** Opens a form of the chosen alarm, or closes it. */
  toggleForm(form: Form): void {
    this.form = this.form === form ? null : form;
  }

  async ack(alarm: Alarm): Promise<void> {
    if (!this.mayAck || !isUnacknowledged(alarm.state)) return;
    await notices.attempt(() => post(`/alarms/${seg(alarm.id)}/ack`, { seq: alarm.seq }));
  }

  /** Takes it, or lets go of it. */
  async assign(alarm: Alarm): Promise<void> {
    const me = session.me?.user;
    if (!this.mayAck || me === undefined) return;
    await notices.attempt(() => post(`/alarms/${seg(alarm.id)}/assign`, { to: alarm.assignee === me ? null : me }));
  }

  /** What is in sight, at once; what has moved since stays and is told. */
  async ackPage(): Promise<void> {
    await this.#ackMany(this.page);
  }

  async ackGroup(group: string | null): Promise<void> {
    if (group !== null) await this.#ackMany(this.all.filter((e) => e.alarm.group === group).map((e) => e.alarm));
  }

  async #ackMany(alarms: readonly Alarm[]): Promise<void> {
    const ids = alarms.filter((a) => isUnacknowledged(a.state)).slice(0, ACKS).map(({ id, seq }) => ({ id, seq }));
    if (!this.mayAck || ids.length === 0) return;
    await notices.attempt(async () => {
      const answer = await post<AckedMany>('/alarms/ack', { ids });
      const refused = answer.items.filter((i) => i.status !== 200).length;
      if (refused > 0) notices.say(i18n.t.flood.moved(refused), 'refused');
    });
  }

  /** Opens or closes a group. */
  toggle(group: string | null): void {
    if (group === null) return;
    const next = new Set(this.#toggled);
    if (!next.delete(group)) next.add(group);
    this.#toggled = next;
  }

  keydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event)) {
      if (event.key === 'Escape') (event.target as HTMLElement).blur();
      return;
    }
    if (!this.#act(event)) return;
    event.preventDefault();
  };

  #act(event: KeyboardEvent): boolean {
    const line = this.lines[this.place];
    const alarm = line === undefined ? undefined : alarmOf(line);
    const [from, to] = this.rows.seen;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        return this.#move(event.key === 'ArrowDown' ? 1 : -1);
      case 'PageDown':
      case 'PageUp':
        return this.#move((event.key === 'PageDown' ? 1 : -1) * Math.max(1, to - from - 1));
      case 'Home':
      case 'End':
        return this.#goTo(event.key === 'End' ? this.lines.length - 1 : 0);
      case 'A':
        void this.ackPage();
        return true;
      case '/':
        this.#filterBox()?.focus();
        return true;
      case 'ArrowRight':
      case 'ArrowLeft':
        return this.#unfold(line, event.key === 'ArrowRight');
    }
    return alarm !== undefined && this.#actOn(alarm, event);
  }

  /** What a key does to the chosen alarm. */
  #actOn(alarm: Alarm, event: KeyboardEvent): boolean {
    switch (event.key) {
      case 'a':
        void this.ack(alarm);
        return true;
      case 'g':
        if (alarm.group === null) return false;
        void this.ackGroup(alarm.group);
        return true;
      case 's':
        if (!this.mayAck || isHidden(alarm.state)) return false;
        this.form = 'shelve';
        return true;
      case 't':
        if (!this.mayAck) return false;
        void this.assign(alarm);
        return true;
      case 'c':
        if (!this.mayAck) return false;
        this.form = 'comment';
        return true;
      case 'Enter':
        if ((event.target as HTMLElement).closest('button, a')) return false;
        this.open(alarm);
        return true;
      default:
        return false;
    }
  }

  #unfold(line: Line | undefined, open: boolean): boolean {
    const head = line === undefined ? undefined : isHead(line) ? line : 'under' in line ? line.under : undefined;
    if (head === undefined) return false;
    if (head.open !== open) {
      this.toggle(head.group);
      this.chosen = head.entry.alarm.id;
    }
    return true;
  }

  #move(by: number): boolean {
    return this.#goTo(step(this.lines.length, this.place, by));
  }

  #goTo(to: number): boolean {
    const line = this.lines[to];
    if (line === undefined) return true;
    this.form = null;
    const alarm = alarmOf(line);
    this.chosen = alarm.id;
    this.said = this.#say(line, to);
    // once with the row as it is, once more when what opens under it has its height
    this.rows.reveal(to);
    requestAnimationFrame(() => {
      if (this.chosen === alarm.id) this.rows.reveal(this.place);
    });
    return true;
  }

  #say(line: Line, at: number): string {
    const { t, language } = i18n;
    const { alarm, count } = rowOf(line);
    const group = count > 1 ? t.flood.group(count) : '';
    return [
      t.alarms.place(at + 1, this.lines.length), alarmTitle(alarm, t, language), t.priority[alarm.priority as keyof typeof t.priority] ?? alarm.priority,
      t.alarmState[alarm.state as keyof typeof t.alarmState] ?? alarm.state, group,
    ].filter((w) => w !== '').join(', ');
  }
}
