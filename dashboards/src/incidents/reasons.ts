import { word, type Dict } from '../i18n/dict';

type Say = (t: Dict, found: RegExpExecArray) => string;

/** The hub explains in English; these are the sentences it uses. Others are shown as they are. */
const SENTENCES: [RegExp, Say][] = [
  [/^off shift$/i, (t) => t.reason.offShift],
  [/^off[ -]duty$/i, (t) => t.reason.offDuty],
  [/^busy$/i, (t) => t.reason.busy],
  [/^no ([\w-]+) skill$/i, (t, [, s = '']) => t.reason.noSkill(word(t.skill, s))],
  [/^(?:has )?([\w-]+) skill$/i, (t, [, s = '']) => t.reason.hasSkill(word(t.skill, s))],
  [/^last seen (\d+) ?(s|min|h|d) ago(?:, from base)?$/i, (t, [all, n = '', unit = 'min']) =>
    [t.reason.lastSeen(`${n} ${t.units[unit as 's' | 'min' | 'h' | 'd']}`), ...(all.endsWith('from base') ? [t.reason.fromBase] : [])].join(', ')],
  [/^(?:counts )?from (?:its )?base$/i, (t) => t.reason.fromBase],
  [/^(?:already )?on (i-\d+)$/i, (t, [, id = '']) => t.reason.onIncident(id)],
  [/^declined/i, (t) => t.reason.declined],
  [/^(?:expired|did not answer)/i, (t) => t.reason.expired],
  [/^already paged/i, (t) => t.reason.paged],
  [/^out of contact$/i, (t) => t.reason.outOfContact],
];

/** A reason in the reader's language. */
export function reasonText(reason: string, t: Dict): string {
  for (const [pattern, say] of SENTENCES) {
    const found = pattern.exec(reason);
    if (found !== null) return say(t, found);
  }
  return reason;
}
