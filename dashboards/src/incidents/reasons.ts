import { word, type Dict } from '../i18n/dict';
import { crewNumber } from '../lib/format';

type Say = (t: Dict, parts: string[]) => string;

/** The hub explains in English; these are the sentences it uses. Others are shown as they are. */
const SENTENCES: [RegExp, Say][] = [
  [/^off shift$/, (t) => t.reason.offShift],
  [/^no ([\w-]+) skill$/, (t, [s = '']) => t.reason.noSkill(word(t.skill, s))],
  [/^skill ([\w-]+)$/, (t, [s = '']) => t.reason.hasSkill(word(t.skill, s))],
  [/^last seen (\d+) min ago$/, (t, [n = '']) => t.reason.lastSeen(`${n} ${t.units.min}`)],
  [/^no position yet$/, (t) => t.reason.noPosition],
  [/^from base$/, (t) => t.reason.fromBase],
  [/^on assignment (\S+)$/, (t, [id = '']) => t.reason.onIncident(id)],
  [/^asked before: declined or did not answer$/, (t) => t.reason.askedBefore],
  [/^no crew left to page: the control room must act$/, (t) => t.reason.noCrewLeft],
  [/^(\S+) is paged next$/, (t, [id = '']) => t.reason.pagedNext(crewNumber(id))],
  [/^(\S+) did not answer$/, (t, [id = '']) => t.reason.noAnswer(crewNumber(id))],
  [/^([\d.]+) km$/, (t, [n = '']) => `${n} ${t.units.km}`],
  [/^(\d+) min$/, (t, [n = '']) => `${n} ${t.units.min}`],
  [/^(c-\d+)$/, (t, [id = '']) => t.reason.crew(crewNumber(id))],
];

function sentence(text: string, t: Dict): string | null {
  const status = (t.crewStatus as Record<string, string>)[text];
  if (status !== undefined) return status;
  for (const [pattern, say] of SENTENCES) {
    const found = pattern.exec(text);
    if (found !== null) return say(t, found.slice(1));
  }
  return null;
}

/** A reason in the reader's language; its parts are joined by commas. */
export function reasonText(reason: string, t: Dict): string {
  return sentence(reason, t) ?? reason.split(', ').map((part) => sentence(part, t) ?? part).join(', ');
}

/** The detail of a timeline row: reasons, or what a person wrote, kept as written. */
export function detailText(detail: string, t: Dict): string {
  const report = /^(c-\d+): (.*)$/s.exec(detail);
  if (report !== null) return `${t.reason.crew(crewNumber(report[1] ?? ''))}: ${report[2] ?? ''}`;
  return reasonText(detail, t);
}
