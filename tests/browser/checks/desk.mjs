// A control room with a day behind it: two people for what hides long, what hides by itself, what would help a bad actor,
// what a detector thinks is normal, the month on paper, and all of it on a phone, in both languages and themes.
import assert from 'node:assert/strict';
import { Browser, DESKTOP, PHONE, until } from '../browser.mjs';
import { startDesk } from '../desk.mjs';
import { violations } from './access.mjs';
import { foreign } from './words.mjs';

const TWO = 'rs-01:inlet_pressure:high';
const BOUNCES = 'rs-01:outlet_pressure:high';
const PAGES = {
  '/alarms': '[data-alarm]',
  '/alarms?tab=hidden': '[data-alarm]',
  '/alarms?tab=journal': '[data-testid=journal] tbody tr',
  '/alarms?tab=figures': '[data-testid=bad-actors] tbody tr',
  [`/alarms?tab=figures&alarm=${encodeURIComponent(BOUNCES)}`]: '[data-testid=proposals] tbody tr',
  '/alarms?tab=handover': '[data-testid=standing] li',
  '/reports': '[data-testid=report] [data-figure]',
};

async function twoPeople({ check, browser, hub }) {
  const [one, two] = [await browser.page(DESKTOP), await browser.page(DESKTOP, { language: 'zh-CN', theme: 'light' })];
  const requests = (page) => page.locator('[data-testid=requests]');
  await check('long shelving of a critical alarm waits for another person, and not for who asked', async () => {
    await browser.login(one, 'operator', '/alarms');
    await browser.login(two, 'second', '/alarms');
    await one.locator(`[data-alarm="${TWO}"] .title`).click();
    await one.keyboard.press('s');
    await one.locator('[name=reason]').waitFor();
    await one.locator('form select').selectOption('60');
    await one.fill('[name=reason]', 'transmitter is changed');
    await one.keyboard.press('Enter');
    await until('the banner says whose turn it is', async () => /operator asks: Shelve \(transmitter is changed\).*not by yourself/s.test(await requests(one).textContent({ timeout: 2000 }).catch(() => '')));
    assert.deepEqual(await requests(one).locator('.acts button').allTextContents(), ['Withdraw']);
    assert.equal(await one.getAttribute(`[data-alarm="${TWO}"]`, 'data-state'), 'unacknowledged');
  });
  await check('the other one is asked on his screen, and confirms there', async () => {
    await until('the banner', async () => /operator.*transmitter is changed/s.test(await requests(two).textContent({ timeout: 2000 }).catch(() => '')));
    await requests(two).locator('button', { hasText: '同意' }).focus();
    await two.keyboard.press('Enter');
    for (const page of [one, two]) await until('nothing waits any more', async () => (await requests(page).count()) === 0);
    await one.goto(`${hub.url}/alarms?tab=hidden`);
    const row = one.locator(`[data-alarm="${TWO}"]`);
    await row.waitFor();
    assert.match(await row.textContent(), /shelved.*transmitter is changed · operator/s);
  });
  await one.context().close();
  await two.context().close();
}

async function told({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  await check('what a condition hides stands in the hidden list with its reason, and nobody can unhide it', async () => {
    await browser.login(page, 'engineer', '/alarms?tab=hidden');
    const row = page.locator('[data-alarm="rs-03:outlet_pressure:low"]');
    await row.waitFor();
    assert.match(await row.textContent(), /suppressed by design.*The station is shut down/s);
    await row.locator('.title').click();
    await row.locator('[data-testid=remarks]').waitFor();
    assert.equal(await row.locator('button', { hasText: 'Unsuppress' }).count(), 0);
  });
  await check('a bad actor is told what would help, and the proposal goes into the form', async () => {
    await page.goto(`${hub.url}/alarms?tab=figures&alarm=${encodeURIComponent(BOUNCES)}`);
    const best = page.locator('[data-testid=proposals] tbody tr').first();
    await best.locator('button').click();
    const typed = await page.$$eval('[data-testid=settings] input', (boxes) => boxes.filter((b) => b.name !== 'reason' && b.value !== '').map((b) => b.name));
    assert.ok(typed.length > 0, 'a setting is filled in');
    assert.ok(await page.evaluate(() => document.activeElement?.getAttribute('name') === 'reason'), 'the reason is asked next');
  });
  await check('what is normal for a point that has learned stands beside its band', async () => {
    await page.goto(`${hub.url}/map?asset=ld-01`);
    const normal = page.locator('[data-testid=normal]');
    await until('what is usual', async () => /Usual.*%LEL.*Learned since/s.test(await normal.textContent({ timeout: 2000 }).catch(() => '')));
    await page.locator('[data-testid=bands]', { hasText: /usual$/ }).waitFor();
  });
  await page.context().close();
}

async function paper({ check, browser, hub }) {
  const page = await browser.page({ width: 794, height: 1123 });
  await check('the month is printed: black on white, its figures and nothing of the screen around them', async () => {
    await browser.login(page, 'viewer', '/reports');
    await page.locator('[data-testid=report] [data-figure]').first().waitFor();
    await page.emulateMedia({ media: 'print' });
    assert.deepEqual(await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]), ['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    for (const away of ['header', 'nav', '.no-print']) assert.equal(await page.locator(away).first().isVisible(), false, away);
    const sheet = await page.evaluate(() => [document.documentElement.scrollWidth, document.querySelector('main').scrollHeight, document.documentElement.scrollHeight]);
    assert.ok(sheet[0] <= 794, `${sheet[0]} px wide`);
    assert.ok(sheet[2] >= sheet[1], 'all of it, not only what was in sight');
  });
  await page.context().close();
}

/** One page of each: wide in English by day, a phone in Chinese by night. */
async function everywhere({ check, browser, hub }) {
  const page = await browser.page(DESKTOP, { theme: 'light' });
  const phone = await browser.page(PHONE, { language: 'zh-CN' });
  await browser.login(page, 'engineer', '/alarms');
  await browser.login(phone, 'engineer', '/alarms');
  for (const [path, row] of Object.entries(PAGES)) {
    await check(`${path} with rows is for everybody, all Chinese, and fits a phone`, async () => {
      for (const screen of [page, phone]) {
        await screen.goto(hub.url + path);
        await screen.locator(row).first().waitFor();
        assert.deepEqual(await violations(screen), []);
      }
      assert.deepEqual(await foreign(phone), []);
      const wide = await phone.evaluate(() => [document.documentElement, document.querySelector('main')].map((e) => e.scrollWidth));
      assert.ok(Math.max(...wide) <= PHONE.width, `${wide} px`);
    });
  }
  await page.context().close();
  await phone.context().close();
}

export async function desk({ check }) {
  const { hub, stop } = await startDesk();
  const browser = await Browser.launch(hub);
  const context = { check, browser, hub };
  try {
    await twoPeople(context);
    await told(context);
    await paper(context);
    await everywhere(context);
    await check('no errors in the console of the desk', async () => assert.deepEqual(browser.faults, []));
  } finally {
    await browser.close();
    await stop();
  }
}
