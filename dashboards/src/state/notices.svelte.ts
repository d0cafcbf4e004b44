import { ApiError, UNREACHABLE } from '../api/client';
import { i18n } from '../i18n/i18n.svelte';

export interface Notice {
  id: number;
  text: string;
  tone: 'done' | 'refused';
}

/** Short answers to what a person just did. */
class Notices {
  items = $state.raw<Notice[]>([]);
  #next = 1;

  say(text: string, tone: Notice['tone'] = 'done'): void {
    const id = this.#next++;
    this.items = [...this.items.slice(-2), { id, text, tone }];
    setTimeout(() => this.dismiss(id), tone === 'refused' ? 12_000 : 5_000);
  }

  dismiss(id: number): void {
    this.items = this.items.filter((n) => n.id !== id);
  }

  /** Runs an action and tells when the hub refuses it; true when it went well. */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const t = i18n.t;
      if (error.status !== 401) this.say(error.status === UNREACHABLE ? t.login.unreachable : `${t.app.refused}: ${error.message}`, 'refused');
      return false;
    }
  }
}

export const notices = new Notices();
