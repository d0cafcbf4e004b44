import type { Alarm } from '../gen/wire';
import { word, type Dict, type Language } from '../i18n/dict';
import { pointOf, readable } from '../i18n/points';

/** The alarm's name in the reader's language: what, where, how. */
export function alarmTitle(alarm: Alarm, t: Dict, language: Language): string {
  return [alarm.asset_name || alarm.asset, alarmSubject(alarm, t, language)].join(' ');
}

/** Without the asset: `outlet pressure high-high`. */
export function alarmSubject(alarm: Alarm, t: Dict, language: Language): string {
  return subject(readable(pointOf(alarm.point), language), alarm.kind, t, language);
}

function subject(point: string, of: string, t: Dict, language: Language): string {
  const kind = word(t.alarmKind, of);
  // Devices, links and the store have no point of their own.
  if (['communication', 'clock', 'spool'].includes(of)) return kind;
  return language === 'zh-CN' ? `${point}${kind}` : `${point} ${kind}`;
}

/** An alarm of the journal, of which only the id `asset:point:kind` is known. */
export function alarmIdTitle(id: string, assets: ReadonlyMap<string, { name: string }>, t: Dict, language: Language): string {
  const [asset = id, point = '', kind = ''] = id.split(':');
  const what = kind === '' ? readable(point, language) : subject(readable(point, language), kind, t, language);
  return [assets.get(asset)?.name ?? asset, what].filter((w) => w !== '').join(' ');
}

/** Its state; what a condition hides is not what a person has hidden. The strongest way comes last and names it. */
export function stateWord(alarm: Alarm, t: Dict): string {
  return word(t.alarmState, alarm.hidden.at(-1)?.by_design === true ? 'by-design' : alarm.state);
}
