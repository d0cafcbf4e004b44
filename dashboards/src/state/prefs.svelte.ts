export type Theme = 'dark' | 'light';

const THEME = 'linepack.theme';
const MUTED = 'linepack.muted';

/** What this browser remembers of its user. */
class Prefs {
  theme = $state<Theme>(localStorage.getItem(THEME) === 'light' ? 'light' : 'dark');
  muted = $state(localStorage.getItem(MUTED) === 'yes');

  start(): void {
    document.documentElement.dataset.theme = this.theme;
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem(THEME, theme);
    document.documentElement.dataset.theme = theme;
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    localStorage.setItem(MUTED, muted ? 'yes' : 'no');
  }
}

export const prefs = new Prefs();
