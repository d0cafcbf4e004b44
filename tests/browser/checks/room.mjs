// The control room: from the scenario to the acknowledgement and the incident.
import assert from 'node:assert/strict';
import { DESKTOP, until } from '../browser.mjs';

/** How many colours a part of the screen shows: an empty map has one. */
async function colours(page, selector) {
  const shot = (await page.locator(selector).screenshot()).toString('base64');
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const g = canvas.getContext('2d');
    g.drawImage(image, 0, 0);
    const pixels = new Uint32Array(g.getImageData(0, 0, image.width, image.height).data.buffer);
    return new Set(pixels).size;
  }, shot);
}

/** Up to the incident: from then on its page waits for a crew. */
export async function room({ check, browser, hub }) {
  const page = await browser.page(DESKTOP);

  await check('a stranger is sent to the login, and comes back to where he wanted', async () => {
    await page.goto(`${hub.url}/alarms?q=test`);
    await page.waitForURL(/\/login\?next=/);
    assert.equal(await page.locator('[name=password]').count(), 1);
  });

  await check('an operator sees the stations on the map', async () => {
    await browser.login(page, 'operator');
    await until('stations in the page', async () => Number(await page.getAttribute('[data-testid=map]', 'data-stations')) > 20);
    await until('a drawn map', async () => (await colours(page, '[data-testid=map]')) > 40);
  });

  await check('the delay from sensor to screen is in view', async () => {
    await until('a delay', async () => /\d/.test(await page.textContent('[data-testid=delay]')));
  });

  await check('a failed regulator appears as an alarm', async () => {
    await page.click('text=Demo');
    await page.click('[data-scenario=regulator-failure]');
    await page.locator('[data-testid=alarms] [data-state=unacknowledged]').first().waitFor({ timeout: 90_000 });
  });

  await check('the incident names its crew and runs its clocks', async () => {
    await until('an incident', async () => (await page.getAttribute('[data-testid=incident]', 'data-incident')) !== null);
    await until('an assignment', async () => (await page.locator('[data-testid=assigned] li').count()) > 0);
    assert.match(await page.textContent('[data-testid=incident]'), /turn-out/);
  });

  return page;
}

export async function alarm({ check, hub }, page) {
  await check('it is acknowledged by key', async () => {
    await until('an unacknowledged row is chosen', async () => {
      await page.keyboard.press('ArrowDown');
      return (await page.locator('[data-chosen=true][data-state=unacknowledged]').count()) > 0;
    });
    const id = await page.getAttribute('[data-chosen=true]', 'data-alarm');
    await page.keyboard.press('a');
    await until('acknowledged', async () => {
      const state = await page.locator(`[data-alarm="${id}"]`).getAttribute('data-state', { timeout: 1000 }).catch(() => 'gone');
      return state !== 'unacknowledged';
    });
  });

  await check('the faceplate shows values and a trend', async () => {
    const asset = (await page.getAttribute('[data-chosen=true]', 'data-alarm')).split(':')[0];
    let asked = 0;
    page.on('request', (request) => (asked += request.url().includes('/api/v1/history') ? 1 : 0));
    await page.goto(`${hub.url}/map?asset=${asset}`);
    await page.locator('[data-testid=faceplate] [data-point]').first().waitFor();
    await until('a trend', async () => (await page.getAttribute('[data-testid=trend]', 'data-state')) === 'shown');
    const now = () => page.textContent('[data-testid=faceplate] [data-point*=outlet] .reading');
    const before = await now();
    await until('the value lives', async () => (await now()) !== before);
    assert.equal(asked, 1, 'the history is asked for once');
  });
}
