import type { en } from './en';

type Widen<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Widen<T[K]> };

/** What every language must say. */
export type Dict = Widen<typeof en>;

export type Language = 'en' | 'zh-CN';

/** A word of an open vocabulary (states, kinds): the dictionary's, else the hub's own, readable. */
export function word(table: Record<string, string>, key: string): string {
  return table[key] ?? key.replace(/[-_]/g, ' ');
}

/** An operator position for people: the one that is there by itself has a name of each language, the others have the site's. */
export function positionName(name: string, t: Dict): string {
  return name === 'control-room' ? t.app.controlRoom : name;
}
