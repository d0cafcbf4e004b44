import { post, seg } from '../api/client';
import type { Alarm } from '../gen/wire';
import { i18n } from '../i18n/i18n.svelte';
import { activeAlarms, hiddenAlarms, matches, step } from '../lib/alarms';
import { typing } from '../lib/keys';
import { isHidden, isUnacknowledged } from '../lib/priority';
import { live } from '../live/live.svelte';
import { desk } from '../state/desk.svelte';
import { notices } from '../state/notices.svelte';
import { session } from '../state/session.svelte';
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
  rows = $derived(this.found.slice(0, this.#limit));
  left = $derived(this.found.length - this.rows.length);

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

  async ackPage(): Promise<void> {
    for (const alarm of this.rows.filter((a) => isUnacknowledged(a.state))) await this.ack(alarm);
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

  #move(by: number): void {
    this.form = null;
    this.chosen = step(this.rows.map((a) => a.id), this.chosen, by);
    requestAnimationFrame(() => document.querySelector('[data-chosen="true"]')?.scrollIntoView({ block: 'nearest' }));
  }
}
