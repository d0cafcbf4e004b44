// Makes docs/screenshot.png: the control room while a regulator fails.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser, until } from './browser.mjs';
import { startHub } from './hub.mjs';

const OUT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../docs/screenshot.png');
const hub = await startHub();
const browser = await Browser.launch(hub);
try {
  const page = await browser.page({ width: 1600, height: 900 });
  await browser.login(page, 'dispatcher');
  await until('stations', async () => Number(await page.getAttribute('[data-testid=map]', 'data-stations')) > 20);
  await page.click('text=Demo');
  await page.click('[data-scenario=regulator-failure]');
  const alarm = page.locator('[data-testid=alarms] [data-alarm]').first();
  await alarm.waitFor({ timeout: 90_000 });
  await until('an assignment', async () => (await page.locator('[data-testid=assigned] li').count()) > 0);
  await alarm.locator('.title').click();
  await until('a trend', async () => (await page.getAttribute('[data-testid=trend]', 'data-state')) === 'shown');
  // a map that moves all the time is never idle for long; a few frames are enough for a picture
  await page.waitForTimeout(3000);
  await page.screenshot({ path: OUT });
  console.log(OUT);
} finally {
  await browser.close();
  await hub.stop?.();
}
