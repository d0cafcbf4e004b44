// Figures of the alarm system beside their targets, and a limit changed from there, told as drift, and taken back.
import assert from 'node:assert/strict';
import { DESKTOP, until } from '../browser.mjs';

/** An alarm with a limit on a regulator. */
async function limited(page) {
  return until('an alarm with a limit', () =>
    page.evaluate(async () => {
      const answer = await fetch('/api/v1/alarms?state=normal,unacknowledged,acknowledged&limit=1000');
      return (await answer.json()).items.find((a) => a.kind === 'high' && a.point.endsWith('/outlet_pressure'))?.id;
    }),
  );
}

export async function figures({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  await check('the figures of a period stand beside their targets', async () => {
    await browser.login(page, 'operator', '/alarms?tab=figures');
    const perDay = page.locator('[data-testid=figures] [data-figure=per_day]');
    await perDay.waitFor();
    assert.match(await perDay.textContent(), /alarms a day.*at most 150.*(acceptable|manageable|too much)/s);
    await page.locator('[name=period]').focus();
    await page.keyboard.press('ArrowUp');
    await until('the hour in the address', async () => /period=hour/.test(page.url()));
    await page.locator('[data-testid=bad-actors]').waitFor();
    assert.equal(await page.locator('[role=alert]').count(), 0);
  });
  await check('a month is a report', async () => {
    await page.goto(`${hub.url}/reports`);
    await page.locator('[data-testid=report] [data-figure=stale]').first().waitFor();
    assert.equal(await page.locator('a[download]').count(), 1);
  });
  await page.context().close();

  const engineer = await browser.page(DESKTOP);
  await check('a limit is changed with a reason, told as drift, and taken back', async () => {
    await browser.login(engineer, 'engineer');
    const alarm = await limited(engineer);
    await engineer.goto(`${hub.url}/alarms?tab=figures&alarm=${encodeURIComponent(alarm)}`);
    const row = engineer.locator('[data-testid=settings] [data-setting=on_delay_s]');
    await row.waitFor();
    await engineer.locator('[data-testid=proposals]').waitFor();
    await row.locator('input').fill('7');
    await engineer.keyboard.press('Enter');
    await until('the question for a reason', async () => /Say why/.test(await engineer.textContent('.notices')));
    await engineer.fill('[name=reason]', 'noisy valve');
    await engineer.keyboard.press('Enter');
    await until('it runs', async () => /engineer: noisy valve/.test(await row.textContent()));
    await engineer.goto(`${hub.url}/system`);
    const drift = engineer.locator('[data-testid=drift]');
    await drift.waitFor();
    assert.match(await drift.textContent(), /on-delay, s.*7.*engineer.*noisy valve/s);
    await drift.locator('a').first().click();
    await row.locator('button').click();
    await until('it is as the folder says', async () => !/noisy valve/.test(await row.textContent()));
  });
  await engineer.context().close();

  const chinese = await browser.page(DESKTOP, { language: 'zh-CN', theme: 'light' });
  await check('the figures are there in Chinese, in the light', async () => {
    await browser.login(chinese, 'viewer', '/alarms?tab=figures');
    const perDay = chinese.locator('[data-figure=per_day]');
    await perDay.waitFor();
    assert.match(await perDay.textContent(), /每天报警数.*不超过 150/s);
  });
  await chinese.context().close();
}
