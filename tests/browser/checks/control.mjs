// A set point is moved from the faceplate: selected, read, executed, read back.
import assert from 'node:assert/strict';
import { DESKTOP, until } from '../browser.mjs';

/** A regulator whose set point may be written, with a fresh value. */
async function regulator(page) {
  return until('a writable set point', () =>
    page.evaluate(async () => {
      const answer = await fetch('/api/v1/values?points=*/outlet_setpoint');
      const values = (await answer.json()).items;
      return values.find((v) => v.writable && v.quality === 'good')?.point.split('/')[0];
    }),
  );
}

export async function control({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  const box = page.locator('[data-control]');
  const state = (wanted) => until(wanted, async () => (await box.getAttribute('data-state')) === wanted);
  await check('a set point is selected, executed and read back by the keyboard alone', async () => {
    await browser.login(page, 'operator');
    const asset = await regulator(page);
    await page.goto(`${hub.url}/map?asset=${asset}`);
    await box.waitFor();
    await box.locator('input').fill('105');
    await page.keyboard.press('Enter');
    await state('selected');
    assert.match(await box.textContent(), /→ 105 kPa/);
    // what was only selected is not executed by the same key pressed once more
    await until('the plan in focus', () => page.evaluate(() => document.activeElement?.getAttribute('role') === 'group'));
    await page.keyboard.press('Enter');
    assert.equal(await box.getAttribute('data-state'), 'selected');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await state('verified');
    assert.match(await box.locator('.last').textContent(), /done and read back/);
    await until('the new value', async () => /105/.test(await page.textContent(`[data-point="${asset}/outlet_setpoint"] .reading`)));
  });
  await check('a viewer is not offered to control', async () => {
    const other = await browser.page(DESKTOP);
    await browser.login(other, 'viewer');
    const asset = await regulator(other);
    await other.goto(`${hub.url}/map?asset=${asset}`);
    await other.locator('[data-testid=faceplate] [data-point]').first().waitFor();
    assert.equal(await other.locator('[data-control]').count(), 0);
    await other.context().close();
  });
  await page.context().close();
}
