// An alarm is shelved with a reason, is found among the hidden ones with who and why, and comes back.
import assert from 'node:assert/strict';
import { DESKTOP, until } from '../browser.mjs';

export async function hide({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  await check('an alarm is shelved by the keyboard alone, told among the hidden ones, and shown again', async () => {
    await browser.login(page, 'operator');
    await page.goto(`${hub.url}/alarms`);
    await page.locator('[data-alarm]').first().waitFor();
    await until('a chosen row', async () => {
      await page.keyboard.press('ArrowDown');
      return (await page.locator('[data-chosen=true]').count()) > 0;
    });
    const id = await page.getAttribute('[data-chosen=true]', 'data-alarm');
    const row = page.locator(`[data-alarm="${id}"]`);
    await page.keyboard.press('s');
    await page.locator('[name=reason]').waitFor();
    await page.keyboard.press('Enter');
    await until('the question for a reason', async () => /Say why/.test(await page.textContent('.notices')));
    await page.keyboard.type('transmitter in calibration');
    await page.keyboard.press('Enter');
    await until('it has left the list', async () => (await row.count()) === 0);
    await page.click('a[href="/alarms?tab=hidden"]');
    await row.waitFor();
    assert.match(await row.textContent(), /shelved.*transmitter in calibration.*operator/s);
    assert.equal(await row.locator('button', { hasText: 'Out of service' }).count(), 0, 'that is for engineers');
    await row.locator('.title').click();
    await row.locator('button', { hasText: 'Unshelve' }).click();
    await until('it is hidden no more', async () => (await row.count()) === 0);
  });
  await page.context().close();
}
