// A browser that notices what must not happen: console errors, and requests to anywhere but the hub.
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
];

export const DESKTOP = { width: 1366, height: 800 };
export const PHONE = { width: 390, height: 844 };
/** Maps are drawn in software here: everything may take long. */
export const PATIENCE = 45_000;

export class Browser {
  /** What went wrong on any page. */
  faults = [];

  static async launch(hub) {
    const self = new Browser();
    self.hub = hub;
    self.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: ARGS });
    return self;
  }

  async close() {
    await this.chromium.close();
  }

  /** A new person at a new screen. */
  async page(viewport, { language = 'en', theme = 'dark' } = {}) {
    const context = await this.chromium.newContext({ viewport, locale: 'en-GB', timezoneId: 'America/Lima' });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    await page.addInitScript(
      ([lang, look]) => {
        if (!localStorage.getItem('linepack.language')) localStorage.setItem('linepack.language', lang);
        if (!localStorage.getItem('linepack.theme')) localStorage.setItem('linepack.theme', look);
      },
      [language, theme],
    );
    this.#watch(page);
    return page;
  }

  /** As one of this name, else the first of this role. */
  async login(page, name, to = '/') {
    const who = this.hub.logins.find((l) => l.user === name) ?? this.hub.logins.find((l) => l.role === name);
    await page.goto(`${this.hub.url}/login${to === '/' ? '' : `?next=${encodeURIComponent(to)}`}`);
    await page.fill('[name=user]', who.user);
    await page.fill('[name=password]', who.password);
    await page.click('button[type=submit]');
    await page.waitForURL((url) => url.pathname !== '/login');
  }

  #watch(page) {
    const origin = new URL(this.hub.url).host;
    page.on('pageerror', (error) => this.faults.push(`exception: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // Before the login the session is asked for, and refused: that is its answer.
      const at = message.location().url;
      if (at.endsWith('/api/v1/me') && message.text().includes('401')) return;
      this.faults.push(`console: ${message.text()} (${at})`);
    });
    const foreign = (address) => {
      const url = new URL(address);
      if (['data:', 'blob:'].includes(url.protocol) || url.host === origin) return;
      this.faults.push(`request outside of the hub: ${address}`);
    };
    page.on('request', (request) => foreign(request.url()));
    page.on('websocket', (socket) => foreign(socket.url()));
  }
}

/** Asks again until it is true, or the time is over. */
export async function until(what, ask, ms = PATIENCE) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    last = await ask();
    if (last) return last;
    await new Promise((done) => setTimeout(done, 150));
  }
  throw new Error(`not in ${ms / 1000} s: ${what}`);
}
