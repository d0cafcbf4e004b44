// An operator's walk through a flood: it begins, folds under its cause, is acknowledged by the page, and one is shelved.
import { DESKTOP, until } from '../browser.mjs';

export async function flood({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);
  const row = (id) => page.locator(`[data-alarm="${id}"]`);
  await check('a flood is told, and its alarms fold under the one that came first', async () => {
    await browser.login(page, 'operator');
    await page.goto(`${hub.url}/alarms`);
    await page.click('text=Demo');
    await page.click('[data-scenario=overfeed]');
    await page.locator('[data-testid=flood]').waitFor({ timeout: 90_000 });
    // the station that feeds them, not one of the regulators, and not what earlier checks left
    const heads = page.locator('tbody', { has: page.locator('[data-testid=group]') });
    const cause = heads.filter({ hasText: 'first out' }).and(page.locator('[data-alarm^="hm-"][data-alarm$=":outlet_pressure:high"]'));
    await cause.first().waitFor();
    await until('its consequences stand under it', async () => Number(/(\d+) alarms/.exec(await cause.first().textContent())?.[1]) > 5);
  });
  await check('the page is acknowledged by one key', async () => {
    const waiting = () => page.locator('tbody.unack').count();
    // those that still come in are acknowledged with the next press
    await until('nothing waits for an acknowledgement', async () => {
      await page.keyboard.press('A');
      return (await waiting()) === 0;
    });
  });
  await check('one of the group is opened and shelved by the keyboard', async () => {
    const group = page.locator('[data-testid=group]').first();
    if ((await group.getAttribute('aria-expanded')) === 'false') await group.click();
    const member = page.locator('tbody.member').first();
    await member.waitFor();
    const id = await member.getAttribute('data-alarm');
    await until('it is chosen', async () => {
      await page.keyboard.press('ArrowDown');
      return (await row(id).getAttribute('data-chosen')) === 'true';
    });
    await page.keyboard.press('s');
    await page.locator('[name=reason]').waitFor();
    await page.keyboard.type('known consequence of the gate');
    await page.keyboard.press('Enter');
    await until('it has left the list', async () => (await row(id).count()) === 0);
    await page.goto(`${hub.url}/alarms?tab=hidden`);
    await row(id).waitFor();
  });
  await page.context().close();
}
