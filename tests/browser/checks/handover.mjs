// A shift is handed over: sat down, written, accepted by the next one, who sees what stood.
import assert from 'node:assert/strict';
import { DESKTOP, until } from '../browser.mjs';

const holder = (page) => page.getAttribute('[data-testid=seat]', 'data-holder');

export async function handover({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  const next = await browser.page(DESKTOP);
  await check('an operator sits down, looks after an alarm, says what is known of it, and hands the shift over', async () => {
    await browser.login(page, 'operator');
    await page.goto(`${hub.url}/alarms`);
    await page.locator('[data-alarm]').first().waitFor();
    await until('a chosen row', async () => {
      await page.keyboard.press('ArrowDown');
      return (await page.locator('[data-chosen=true]').count()) > 0;
    });
    await page.keyboard.press('t');
    await until('it is the operator’s', async () => /with operator/.test(await page.locator('[data-chosen=true]').textContent()));
    await page.keyboard.press('c');
    await page.locator('[name=comment]').waitFor();
    await page.keyboard.type('pilot valve heard whistling');
    await page.keyboard.press('Enter');
    await until('the comment', async () => /pilot valve heard whistling/.test(await page.locator('[data-chosen=true]').textContent()));

    await page.goto(`${hub.url}/alarms?tab=handover`);
    await page.locator('button', { hasText: 'Sit down here' }).click();
    await until('the operator sits there', async () => (await holder(page)) === 'operator');
    await page.fill('[name=note]', 'watch regulator 7');
    await page.locator('button', { hasText: 'Hand over' }).click();
    await page.locator('[data-testid=waiting]').waitFor();
  });
  await check('the next one sees that it waits and what stands, and accepts it', async () => {
    await browser.login(next, 'dispatcher', '/alarms');
    await until('the header says it', async () => /hand-over waits/.test(await next.textContent('[data-testid=seat-mark]')));
    await next.click('[data-testid=seat-mark]');
    await next.locator('blockquote', { hasText: 'watch regulator 7' }).waitFor();
    assert.match(await next.locator('[data-testid=standing]').first().textContent(), /pilot valve heard whistling/);
    await next.locator('button', { hasText: 'Accept the hand-over' }).click();
    await until('the position is the next one’s', async () => (await holder(next)) === 'dispatcher');
    await until('and stands among those before', async () => /watch regulator 7/.test(await next.textContent('[data-testid=handovers]')));
  });
  await page.context().close();
  await next.context().close();
}
