// Every word of the screens in both languages.
import assert from 'node:assert/strict';
import { DESKTOP, PHONE } from '../browser.mjs';

const CJK = /[\u3400-\u9fff]/;
/** What is the same in every language: names, ids, numbers, marks, keys. */
const SAME = /^(EN|中文|Linepack|[\d\s.,:/–·×+−⤢%()-]*|[a-z]+-[\w-]+|↑↓)$/;

/** The words of controls, headings and columns on the page. */
const words = (page) =>
  page.$$eval('h1, h2, th, button, label, summary, nav a, legend', (nodes) =>
    nodes.filter((n) => n.offsetParent !== null && !n.closest('[data-testid=alarms], [data-testid=connections] td, .card, select'))
      .map((n) => [...n.childNodes].filter((c) => c.nodeType === 3).map((c) => c.textContent).join('').trim())
      .filter((w) => w !== ''));

const names = (page) => page.$$eval('[aria-label], [placeholder], [title]', (nodes) => nodes.filter((n) => n.offsetParent !== null).flatMap((n) => [n.getAttribute('aria-label'), n.getAttribute('placeholder')]).filter(Boolean));

/** What is not Chinese on a page that should be. */
export const foreign = async (page) => [...(await words(page)), ...(await names(page))].filter((w) => !CJK.test(w) && !SAME.test(w));

export async function wordsCheck({ check, browser, hub }) {
  const page = await browser.page(DESKTOP, { language: 'zh-CN', theme: 'light' });
  await browser.login(page, 'dispatcher');

  for (const path of ['/map', '/alarms', '/alarms?tab=journal', '/alarms?tab=handover', '/dispatch', '/system', '/trends']) {
    await check(`${path} is all Chinese`, async () => {
      await page.goto(hub.url + path);
      await page.locator('h1, h2').first().waitFor();
      assert.deepEqual(await foreign(page), []);
      assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
    });
  }

  await check('the language changes at once and stays', async () => {
    await page.goto(`${hub.url}/system`);
    await page.click('button[lang=en]');
    await page.locator('h1', { hasText: 'System' }).waitFor();
    await page.reload();
    await page.locator('h1', { hasText: 'System' }).waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    const mixed = (await words(page)).filter((w) => CJK.test(w) && w !== '中文');
    assert.deepEqual(mixed, []);
  });

  await check('times are those of the site, not of the browser', async () => {
    const shown = await page.textContent('header time');
    const site = await page.evaluate(async () => {
      const { timezone } = await fetch('/api/v1/site').then((r) => r.json());
      return new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(Date.now());
    });
    const minutes = (s) => Number(s.slice(0, 2)) * 60 + Number(s.slice(3, 5));
    assert.ok(Math.abs(minutes(shown) - minutes(site)) <= 1, `${shown} and ${site}`);
  });

  await check('nothing is wider than the phone', async () => {
    const phone = await browser.page(PHONE, { language: 'zh-CN' });
    await browser.login(phone, 'crew');
    await phone.locator('.big').first().waitFor();
    const width = await phone.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= PHONE.width, `${width} px`);
    await phone.context().close();
  });
  await page.context().close();
}
