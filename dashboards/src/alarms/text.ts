import type { Alarm } from '../gen/wire';
import { word, type Dict, type Language } from '../i18n/dict';
import { pointOf, readable } from '../i18n/points';

/** The alarm's name in the reader's language: what, where, how. */
export function alarmTitle(alarm: Alarm, t: Dict, language: Language): string {
  return [alarm.asset_name || alarm.asset, alarmSubject(alarm, t, language)].join(' ');
}

/** Without the asset: `outlet pressure high-high`. */
export function alarmSubject(alarm: Alarm, t: Dict, language: Language): string {
  const kind = word(t.alarmKind, alarm.kind);
  // Devices, links and the store have no point of their own.
  if (['communication', 'clock', 'spool'].includes(alarm.kind)) return kind;
  const point = readable(pointOf(alarm.point), language);
  return language === 'zh-CN' ? `${point}${kind}` : `${point} ${kind}`;
}

/** An alarm of the journal, of which only the id `asset:point:kind` is known. */
export function alarmIdTitle(id: string, assets: ReadonlyMap<string, { name: string }>, t: Dict, language: Language): string {
  const [asset = id, point = '', kind = ''] = id.split(':');
  return [assets.get(asset)?.name ?? asset, readable(point, language), word(t.alarmKind, kind)].filter((w) => w !== '').join(' ');
}

/** All words a filter may hit, in the reader's language. */
export function alarmWords(alarm: Alarm, t: Dict, language: Language): string {
  return [alarmTitle(alarm, t, language), word(t.alarmState, alarm.state), word(t.priority, alarm.priority)].join(' ');
}
