import type { Alarm, Asset, Command, Crew, Flood, Incident, ServerMessage, Value, ValueRow } from '../gen/wire';
import { complete } from './brief';

/** What the hub has told this screen; filled only by `apply`. */
export interface Book {
  /** Number of the last message; 0 before the first of a connection. */
  seq: number;
  alarms: Map<string, Alarm>;
  incidents: Map<string, Incident>;
  crews: Map<string, Crew>;
  assets: Map<string, Asset>;
  values: Map<string, Value>;
  commands: Map<string, Command>;
  /** Alarm floods that go on. */
  floods: readonly Flood[];
}

/** What a message changed. */
export interface Changes {
  /** Everything was replaced. */
  reset: boolean;
  alarms: Set<string>;
  incidents: Set<string>;
  crews: Set<string>;
  assets: Set<string>;
  values: Set<string>;
  commands: Set<string>;
  floods: boolean;
}

export type Outcome =
  | { kind: 'applied'; changes: Changes }
  | { kind: 'gap'; expected: number; got: number }
  | { kind: 'refused'; detail: string };

export function newBook(): Book {
  return { seq: 0, alarms: new Map(), incidents: new Map(), crews: new Map(), assets: new Map(), values: new Map(), commands: new Map(), floods: [] };
}

const byId = <T extends { id: string }>(items: readonly T[]): Map<string, T> => new Map(items.map((i) => [i.id, i]));

function noChanges(reset: boolean): Changes {
  return { reset, alarms: new Set(), incidents: new Set(), crews: new Set(), assets: new Set(), values: new Set(), commands: new Set(), floods: false };
}

function merge<T extends { id: string }>(into: Map<string, T>, items: readonly T[] | undefined, gone: readonly string[] | undefined, changed: Set<string>): void {
  for (const item of items ?? []) {
    into.set(item.id, item);
    changed.add(item.id);
  }
  for (const id of gone ?? []) {
    if (into.delete(id)) changed.add(id);
  }
}

/** OPC UA's code of a class without a reason. */
const CLASS_CODE: Record<string, number> = { good: 0, uncertain: 0x40000000, bad: 0x80000000 };

/** A row never moves a value backwards in time; an unknown point keeps no unit or limits until the next snapshot. */
function mergeValue(values: Map<string, Value>, [point, value, quality, ts_ms]: ValueRow): boolean {
  const old = values.get(point);
  if (old?.ts_ms != null && old.ts_ms > ts_ms) return false;
  values.set(point, {
    point,
    value,
    quality,
    ts_ms,
    unit: old?.unit ?? '',
    reason: old !== undefined && old.quality === quality ? old.reason : null,
    status_code: old !== undefined && old.quality === quality ? old.status_code : CLASS_CODE[quality] ?? 0,
    received_ms: null,
    range: old?.range ?? null,
    limits: old?.limits ?? [],
    writable: old?.writable ?? false,
  });
  return true;
}

/** A point as it is now, its limits included; a reading that is here already may be newer. */
function mergePoint(values: Map<string, Value>, whole: Value): void {
  const old = values.get(whole.point);
  if (old === undefined || (old.ts_ms ?? 0) <= (whole.ts_ms ?? 0)) values.set(whole.point, whole);
  else values.set(whole.point, { ...old, limits: whole.limits });
}

/** Takes one message of the hub into the book. A gap leaves the book as it was: reconnect. */
export function apply(book: Book, message: ServerMessage): Outcome {
  if (message.seq !== book.seq + 1) return { kind: 'gap', expected: book.seq + 1, got: message.seq };
  if (message.type === 'delta' && book.seq === 0) return { kind: 'gap', expected: 1, got: message.seq };
  book.seq = message.seq;
  if (message.type !== 'error') message.alarms?.forEach(complete);
  if (message.type === 'error') return { kind: 'refused', detail: message.detail };
  if (message.type === 'snapshot') {
    book.alarms = byId(message.alarms);
    book.incidents = byId(message.incidents);
    book.crews = byId(message.crews);
    book.assets = byId(message.assets);
    book.values = new Map(message.values.map((v) => [v.point, v]));
    book.commands = byId(message.commands ?? []);
    book.floods = message.floods ?? [];
    return { kind: 'applied', changes: noChanges(true) };
  }
  const changes = noChanges(false);
  const gone = message.removed ?? {};
  merge(book.alarms, message.alarms, gone.alarms, changes.alarms);
  merge(book.incidents, message.incidents, gone.incidents, changes.incidents);
  merge(book.crews, message.crews, gone.crews, changes.crews);
  merge(book.assets, message.assets, gone.assets, changes.assets);
  merge(book.commands, message.commands, undefined, changes.commands);
  if (message.floods != null) {
    book.floods = message.floods;
    changes.floods = true;
  }
  for (const whole of message.points ?? []) {
    mergePoint(book.values, whole);
    changes.values.add(whole.point);
  }
  for (const row of message.values ?? []) {
    if (mergeValue(book.values, row)) changes.values.add(row[0]);
  }
  return { kind: 'applied', changes };
}
