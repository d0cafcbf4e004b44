import type { AlarmSetting, SettingsRequest, SettingValue } from '../gen/wire';
import type { Dict, Language } from '../i18n/dict';
import { word } from '../i18n/dict';
import { exact } from '../lib/format';

/** A setting's value in the reader's words. */
export function said(value: SettingValue, t: Dict, language: Language): string {
  if (typeof value === 'boolean') return value ? t.figures.yes : t.figures.no;
  return typeof value === 'number' ? exact(value, language) : word(t.priority, value);
}

/** What a form asks to be changed: only what differs from what runs. Null where a number is none. */
export function wanted(settings: AlarmSetting[], typed: Record<string, string>): Partial<SettingsRequest> | null {
  const changes: Record<string, SettingValue> = {};
  for (const s of settings) {
    const text = typed[s.setting]?.trim() ?? '';
    if (text === '') continue;
    let value: SettingValue = text;
    if (typeof s.running === 'boolean') value = text === 'true';
    else if (typeof s.running === 'number') {
      value = Number(text.replace(',', '.'));
      if (!Number.isFinite(value)) return null;
    }
    if (value !== s.running) changes[s.setting] = value;
  }
  return changes as Partial<SettingsRequest>;
}
