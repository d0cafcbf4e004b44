// Names, roles and contrast, by axe.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DESKTOP, PHONE } from '../browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function violations(page) {
  // The policy of the page allows no scripts from elsewhere; the debugger's evaluation is not one.
  await page.evaluate(AXE);
  const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), TAGS);
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`);
}

export async function access({ check, browser, hub }) {
  for (const theme of ['dark', 'light']) {
    const page = await browser.page(DESKTOP, { theme });
    await check(`the login is for everybody (${theme})`, async () => {
      await page.goto(`${hub.url}/login`);
      await page.locator('[name=user]').waitFor();
      assert.deepEqual(await violations(page), []);
    });
    await browser.login(page, 'dispatcher');
    for (const path of ['/map', '/alarms', '/alarms?tab=handover', '/dispatch', '/system', '/trends']) {
      await check(`${path} is for everybody (${theme})`, async () => {
        await page.goto(hub.url + path);
        await page.locator('header time').waitFor();
        await page.locator('h1, h2').first().waitFor();
        assert.deepEqual(await violations(page), []);
      });
    }
    await page.context().close();
  }
  const phone = await browser.page(PHONE);
  await check('the crew’s page is for everybody', async () => {
    await browser.login(phone, 'crew');
    await phone.locator('.big').first().waitFor();
    assert.deepEqual(await violations(phone), []);
  });
  await phone.context().close();
}
