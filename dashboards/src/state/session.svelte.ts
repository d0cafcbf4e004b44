import { ApiError, get, post, whenExpired } from '../api/client';
import type { Me, Site } from '../gen/wire';
import { i18n } from '../i18n/i18n.svelte';
import { desk } from './desk.svelte';
import { route } from './route.svelte';

const LADDER = ['viewer', 'crew', 'operator', 'dispatcher', 'engineer', 'admin'];

/** Who looks at the screen, and at which site. */
class Session {
  me = $state.raw<Me | null>(null);
  site = $state.raw<Site | null>(null);
  /** The first answer of the hub is still out. */
  loading = $state(true);

  constructor() {
    whenExpired(() => this.expire());
  }

  /** Takes up a session that the browser still has. */
  async resume(): Promise<void> {
    try {
      const me = await get<Me>('/me');
      await this.#enter(me);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#toLogin();
    } finally {
      this.loading = false;
    }
  }

  async login(user: string, password: string): Promise<void> {
    await post('/login', { user, password });
    await this.#enter(await get<Me>('/me'));
    const next = route.query.get('next');
    route.replace(this.#home(next !== null && next.startsWith('/') && !next.startsWith('//') ? next : '/'));
  }

  async logout(): Promise<void> {
    try {
      await post('/logout');
    } finally {
      this.expire();
    }
  }

  expire(): void {
    this.me = null;
    this.#toLogin();
  }

  /** May this person do what needs `role`? */
  may(role: string): boolean {
    return this.me !== null && LADDER.indexOf(this.me.role) >= LADDER.indexOf(role);
  }

  get zone(): string {
    return this.site?.timezone ?? 'UTC';
  }

  async #enter(me: Me): Promise<void> {
    const site = await get<Site>('/site');
    i18n.fallback(site.language);
    this.site = site;
    desk.known = site.positions.map((p) => p.name);
    this.me = me;
    if (me.role === 'crew' && route.path !== '/crew') route.replace('/crew');
  }

  #home(next: string): string {
    return this.me?.role === 'crew' ? '/crew' : next;
  }

  #toLogin(): void {
    if (route.path === '/login') return;
    const here = location.pathname + location.search;
    route.replace(here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`);
  }
}

export const session = new Session();
