import { en } from './en';
import { zh } from './zh';
import type { Dict, Language } from './dict';

const KEY = 'linepack.language';
const DICTS: Record<Language, Dict> = { en, 'zh-CN': zh };

function stored(): Language | null {
  const saved = localStorage.getItem(KEY);
  return saved === 'en' || saved === 'zh-CN' ? saved : null;
}

class I18n {
  language = $state<Language>(stored() ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en'));
  #chosen = stored() !== null;

  get t(): Dict {
    return DICTS[this.language];
  }

  /** The user's choice; it outlives the session. */
  choose(language: Language): void {
    this.#chosen = true;
    localStorage.setItem(KEY, language);
    this.#use(language);
  }

  /** The site's language, until the user has chosen one. */
  fallback(language: string): void {
    if (!this.#chosen) this.#use(language === 'zh-CN' ? 'zh-CN' : 'en');
  }

  #use(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
  }

  start(): void {
    document.documentElement.lang = this.language;
  }
}

export const i18n = new I18n();
