// A number by hand where the instrument lies: who and why stand beside it until the measured value is wanted again.
import assert from 'node:assert/strict';
import { DESKTOP, until } from '../browser.mjs';

/** A station with a fresh outlet pressure. */
async function station(page) {
  return until('a fresh value', () =>
    page.evaluate(async () => {
      const answer = await fetch('/api/v1/values?points=*/outlet_pressure');
      return (await answer.json()).items.find((v) => v.quality === 'good')?.point.split('/')[0];
    }),
  );
}

export async function byHand({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  await check('a substitute is set by hand with a reason, marked, and taken back', async () => {
    await browser.login(page, 'operator');
    const asset = await station(page);
    await page.goto(`${hub.url}/map?asset=${asset}`);
    const row = page.locator(`[data-point="${asset}/outlet_pressure"]`).first();
    await row.click();
    const open = page.locator('[data-testid=by-hand]');
    await open.click();
    await page.keyboard.type('77.5');
    await page.keyboard.press('Enter');
    // no reason, no substitute
    await until('the question for a reason', async () => /Say why/.test(await page.textContent('.notices')));
    assert.equal(await page.locator('[data-testid=unsubstitute]').count(), 0);
    await page.fill('form [name=reason]', 'transmitter in calibration');
    await page.keyboard.press('Enter');
    const stands = page.locator('.stands');
    await stands.waitFor();
    assert.match(await stands.textContent(), /operator.*transmitter in calibration/s);
    await until('the number by hand', async () => /77\.5/.test(await row.locator('.reading').textContent()));
    await page.click('[data-testid=unsubstitute]');
    await until('the measured value', async () => !/77\.5/.test(await row.locator('.reading').textContent()));
    await until('no mark', async () => (await stands.count()) === 0);
  });
  await check('a viewer enters nothing by hand', async () => {
    const other = await browser.page(DESKTOP);
    await browser.login(other, 'viewer');
    await other.goto(`${hub.url}/map?asset=${await station(other)}`);
    await other.locator('[data-testid=faceplate] [data-point]').first().waitFor();
    assert.equal(await other.locator('[data-testid=by-hand]').count(), 0);
    await other.context().close();
  });
  await page.context().close();
}
