// Ten thousand alarms at once: a few rows are drawn, all can be reached, and the page is what is in sight.
import assert from 'node:assert/strict';
import { Browser, DESKTOP, until } from '../browser.mjs';
import { startMany } from '../many.mjs';

const ALARMS = 10_000;

export async function long({ check }) {
  const many = await startMany(ALARMS);
  const browser = await Browser.launch(many.hub);
  const page = await browser.page(DESKTOP);
  const rows = page.locator('[data-testid=alarms] [data-alarm]');
  const numbers = () => page.$$eval('[data-testid=alarms] [aria-rowindex]', (all) => all.map((r) => Number(r.getAttribute('aria-rowindex'))));
  const count = () => page.getAttribute('[data-testid=alarms]', 'aria-rowcount').then(Number);
  try {
    await check('ten thousand alarms are a list of which some rows are drawn', async () => {
      await browser.login(page, 'operator', '/alarms');
      await many.send(0, ALARMS, true);
      await until('all of them', async () => (await count()) === ALARMS + 1, 120_000);
      assert.ok((await rows.count()) < 60, `${await rows.count()} rows`);
      await page.keyboard.press('End');
      await until('the last one', async () => (await numbers()).includes(ALARMS + 1));
      await until('it is chosen', async () => (await rows.last().getAttribute('data-chosen')) === 'true');
      assert.match(await page.textContent('[aria-live=polite]'), /10000 of 10000/);
      await page.keyboard.press('Home');
      await until('the first one', async () => (await numbers()).includes(2));
      assert.deepEqual([await rows.first().getAttribute('data-chosen'), (await numbers()).slice(0, 3)], ['true', [1, 2, 3]]);
    });
    await check('one of them is found by its words', async () => {
      await page.fill('main input[type=search]', 'rs-1234 outlet');
      await until('it alone', async () => (await count()) === 2);
      assert.equal(await rows.first().getAttribute('data-alarm'), 'rs-1234:outlet_pressure:high');
      await page.fill('main input[type=search]', '');
      await until('all again', async () => (await count()) === ALARMS + 1);
    });
    await check('the rows somebody reads stay where they are while others come and go above, and the list says so', async () => {
      await page.locator('h1').click();
      await page.keyboard.press('Home');
      await until('at the beginning', async () => (await numbers()).includes(2));
      await page.locator('.sheet').evaluate((sheet) => (sheet.scrollTop = 4000));
      /** Alarms in sight, from the top. */
      const sight = () => page.$$eval('[data-testid=alarms] tbody[data-alarm]', (all) =>
        all.map((r) => [r.getAttribute('data-alarm'), r.getBoundingClientRect().top]).filter(([, top]) => top > 100 && top < innerHeight));
      await until('rows in sight', async () => (await sight()).length > 10);
      const seen = await sight();
      const stationOf = (id) => id.split(':')[0];
      const [read, before] = seen[Math.floor(seen.length / 2)];
      await page.mouse.move(700, before + 10);
      const top = () => page.evaluate((id) => document.querySelector(`[data-alarm="${id}"]`)?.getBoundingClientRect().top, read);
      // the worst alarm of each other station in sight returns and is raised again, and takes its upset to the top
      const raised = seen.map(([id]) => id).filter((id) => id.includes('inlet_pressure') && stationOf(id) !== stationOf(read));
      assert.ok(raised.length > 0, 'stations beside');
      const points = raised.map((id) => id.split(':').slice(0, 2).join('/'));
      await many.set(points, 90);
      await until('they have returned', async () => (await page.locator('[data-state=returned-unacknowledged]').count()) === raised.length);
      await many.set(points, 150);
      const news = () => page.textContent('[data-testid=news]', { timeout: 2000 }).catch(() => 'nothing');
      await until('the list says what is new above', async () => (await news()).includes(`${raised.length} new above`), 20_000).catch(async (e) => assert.fail(`${e.message}: ${await news()} of ${raised}`));
      assert.equal(await top(), before, 'the row that was read');
      // something opens above the list
      await page.locator('[data-testid=above]').evaluate((box) => (box.style.height = '57px'));
      await until('it holds its place then too', async () => (await top()) === before, 5_000);
      await page.click('[data-testid=news]');
      await until('at what is new', async () => (await numbers()).includes(2) && (await page.locator('[data-testid=news]').count()) === 0);
    });
    await check('the page that is acknowledged is what is in sight', async () => {
      await page.locator('h1').click();
      const seen = await page.evaluate(() => {
        const list = [...document.querySelectorAll('[data-testid=alarms] [data-alarm]')];
        return list.filter((r) => r.getBoundingClientRect().top < innerHeight).map((r) => r.getAttribute('data-alarm'));
      });
      await page.keyboard.press('A');
      const waiting = () => page.evaluate(async () => (await (await fetch('/api/v1/alarms?state=acknowledged&limit=1000')).json()).items.map((a) => a.id));
      await until('they are acknowledged', async () => (await waiting()).length > 0);
      assert.deepEqual((await waiting()).sort(), seen.sort());
    });
    await check('no errors in the console of the long list', async () => assert.deepEqual(browser.faults, []));
  } finally {
    await browser.close();
    await many.stop();
  }
}
