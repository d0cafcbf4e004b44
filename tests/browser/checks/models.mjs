// What a detector has learned: its band behind the trend, what is normal in words, frozen and learning again with a reason.
import assert from 'node:assert/strict';
import { DESKTOP, until } from '../browser.mjs';

/** A point whose model has learned something. */
async function learned(page) {
  return until('a model that learns', () =>
    page.evaluate(async () => {
      const answer = await fetch('/api/v1/models?limit=1000');
      const found = (await answer.json()).items.find((m) => m.kind === 'gas-step' && m.samples > 5);
      return found && { id: found.id, point: found.point, asset: found.asset };
    }),
  );
}

export async function models({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  await check('what is normal is told beside the trend; an engineer freezes it with a reason, by the keyboard', async () => {
    await browser.login(page, 'engineer');
    const { id, point, asset } = await learned(page);
    await page.goto(`${hub.url}/map?asset=${asset}`);
    await page.locator(`[data-point="${point}"]`).first().click();
    const model = page.locator(`[data-model="${id}"]`);
    await model.waitFor();
    assert.match(await model.textContent(), /learning, .* of /);
    const freeze = model.locator('button', { hasText: 'Freeze' });
    await freeze.focus();
    await page.keyboard.press('Enter');
    await page.locator('[name=model-reason]').waitFor();
    await page.keyboard.press('Enter');
    await until('the question for a reason', async () => /Say why/.test(await page.textContent('.notices')));
    await page.keyboard.type('calibration gas is used');
    await page.keyboard.press('Enter');
    await until('it is frozen', async () => /frozen by engineer: calibration gas is used/.test(await model.textContent()));
    const told = await page.evaluate(async (alarm) => {
      const answer = await fetch(`/api/v1/alarms/journal?alarm=${encodeURIComponent(alarm)}`);
      return (await answer.json()).items[0];
    }, id);
    assert.deepEqual([told.cause, told.reason], ['freeze', 'calibration gas is used']);
    await model.locator('button', { hasText: 'Let it learn' }).click();
    await page.keyboard.type('done');
    await page.keyboard.press('Enter');
    await until('it learns', async () => (await model.getAttribute('data-state')) === 'learning');
  });
  await page.context().close();
}
