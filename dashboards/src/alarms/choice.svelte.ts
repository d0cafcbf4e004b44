import { post, seg } from '../api/client';
import type { AckedMany, Alarm } from '../gen/wire';
import { i18n } from '../i18n/i18n.svelte';
import { activeAlarms, hiddenAlarms, matches, step } from '../lib/alarms';
import { typing } from '../lib/keys';
import { isHidden, isUnacknowledged } from '../lib/priority';
import { live } from '../live/live.svelte';
import { desk } from '../state/desk.svelte';
import { notices } from '../state/notices.svelte';
import { session } from '../state/session.svelte';
import { fold } from './fold';
import { alarmWords } from './text';

/** Rows drawn at first; a flood of thousands stays quick. */
const PAGE = 200;

/** A list of alarms with a chosen row: filter, keys, acknowledgement. */
export class AlarmChoice {
  filter = $state('');
  priority = $state('');
  hidden = $state(false);
  /** The form that hides the chosen alarm; none while it is closed. */
  form = $state<'shelve' | 'suppress' | 'out-of-service' | 'comment' | null>(null);
  chosen = $state<string | null>(null);
  #limit = $state(PAGE);
  #open: (alarm: Alarm) => void;
  #filterBox: () => HTMLElement | undefined;

  constructor(open: (alarm: Alarm) => void, filterBox: () => HTMLElement | undefined) {
    this.#open = open;
    this.#filterBox = filterBox;
  }

  all = $derived.by(() => (this.hidden ? hiddenAlarms(live.alarms.values()) : activeAlarms(live.alarms.values())).filter(desk.shows));
  found = $derived(
    this.all.filter((a) => (this.priority === '' || a.priority === this.priority) && matches(a, this.filter, alarmWords(a, i18n.t, i18n.language))),
  );
  /** Groups whose folding was changed by hand. */
  #toggled = $state.raw<ReadonlySet<string>>(new Set());
  /** Groups are folded while there is a flood, else open. */
  folded = $derived(fold(this.found, (group) => this.#toggled.has(group) !== (live.floods.length === 0)));
  lines = $derived(this.folded.slice(0, this.#limit));
  rows = $derived(this.lines.map((line) => line.alarm));
  left = $derived(this.folded.length - this.lines.length);

  get mayAck(): boolean {
    return session.may('operator');
  }

  more(): void {
    this.#limit += PAGE;
  }

  open(alarm: Alarm): void {
    if (this.chosen !== alarm.id) this.form = null;
    this.chosen = alarm.id;
    this.#open(alarm);
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

  /** What is on the page, at once; what has moved since stays and is told. */
  async ackPage(): Promise<void> {
    await this.#ackMany(this.rows);
  }

  async ackGroup(group: string | null): Promise<void> {
    if (group !== null) await this.#ackMany(this.all.filter((a) => a.group === group));
  }

  async #ackMany(alarms: readonly Alarm[]): Promise<void> {
    const ids = alarms.filter((a) => isUnacknowledged(a.state)).slice(0, 1000).map(({ id, seq }) => ({ id, seq }));
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
    const row = this.rows.find((a) => a.id === this.chosen);
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        this.#move(event.key === 'ArrowDown' ? 1 : -1);
        return true;
      case 'a':
        if (row !== undefined) void this.ack(row);
        return true;
      case 'A':
        void this.ackPage();
        return true;
      case 'g':
        if (row?.group == null) return false;
        void this.ackGroup(row.group);
        return true;
      case 'ArrowRight':
      case 'ArrowLeft':
        return this.#unfold(event.key === 'ArrowRight');
      case 's':
        if (row === undefined || !this.mayAck || isHidden(row.state)) return false;
        this.form = 'shelve';
        return true;
      case 't':
        if (row === undefined || !this.mayAck) return false;
        void this.assign(row);
        return true;
      case 'c':
        if (row === undefined || !this.mayAck) return false;
        this.form = 'comment';
        return true;
      case '/':
        this.#filterBox()?.focus();
        return true;
      case 'Enter':
        if (row === undefined || (event.target as HTMLElement).closest('button, a')) return false;
        this.open(row);
        return true;
      default:
        return false;
    }
  }

  #unfold(open: boolean): boolean {
    const line = this.lines.find((l) => l.alarm.id === this.chosen);
    if (line === undefined || (!line.head && !line.member)) return false;
    const head = line.head ? line : this.lines.find((l) => l.head && l.alarm.group === line.alarm.group);
    if (head !== undefined && head.open !== open) {
      this.toggle(head.alarm.group);
      this.chosen = head.alarm.id;
    }
    return true;
  }

  #move(by: number): void {
    this.form = null;
    this.chosen = step(this.rows.map((a) => a.id), this.chosen, by);
    requestAnimationFrame(() => document.querySelector('[data-chosen="true"]')?.scrollIntoView({ block: 'nearest' }));
  }
}
