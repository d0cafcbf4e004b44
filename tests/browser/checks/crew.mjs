// The crew's phone: from the page to the report; then the dispatcher closes.
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, until } from '../browser.mjs';

const job = (phone) => phone.locator('[data-testid=job]').getAttribute('data-state', { timeout: 2000 }).catch(() => null);

async function press(phone, step, then) {
  await phone.click(`[data-step=${step}]`);
  await until(`the state ${then}`, async () => (await job(phone)) === then);
}

/** The crew's phone, looked at before anything happens: a page stands for a minute only. */
export async function phoneOf({ check, browser }) {
  const phone = await browser.page(PHONE);
  await check('the crew waits at its phone', async () => {
    await browser.login(phone, 'crew');
    assert.equal(new URL(phone.url()).pathname, '/crew');
  });
  return phone;
}

export async function paged({ check }, phone) {
  await check('the crew is paged on its phone', async () => {
    await until('an offer', async () => (await job(phone)) === 'offered', 90_000);
  });

  await check('the crew accepts, and a reload changes nothing', async () => {
    await press(phone, 'accept', 'accepted');
    await phone.reload();
    await until('still accepted', async () => (await job(phone)) === 'accepted');
  });
}

export async function crew({ check, browser, hub }, phone) {
  await check('the crew goes step by step to its report', async () => {
    await press(phone, 'en-route', 'en-route');
    await press(phone, 'on-scene', 'on-scene');
    await press(phone, 'made-safe', 'made-safe');
    await press(phone, 'restored', 'restored');
    await phone.click('[data-step=complete]');
    await phone.fill('[name=report]', 'Pilot valve stuck, cleaned and set anew');
    await phone.click('[data-step=send-report]');
    await until('no job any more', async () => (await job(phone)) === null);
  });

  const desk = await browser.page(DESKTOP);
  await check('the dispatcher sees the report and closes the incident', async () => {
    await browser.login(desk, 'dispatcher', '/dispatch');
    const incident = desk.locator('main [data-testid=incident]');
    await incident.waitFor();
    const id = await incident.getAttribute('data-incident');
    await until('the report in the timeline', async () => (await desk.textContent('[data-testid=timeline]')).includes('Pilot valve stuck'));
    await desk.click('[data-testid=close-incident]');
    await desk.fill('[name=resolution]', 'regulator repaired');
    await desk.click('[data-testid=close-incident]');
    await until('closed', async () => {
      const answer = await desk.evaluate((i) => fetch(`/api/v1/incidents/${i}`).then((r) => r.json()), id);
      return answer.state === 'closed' && answer.resolution === 'regulator repaired';
    });
  });
  await desk.goto(`${hub.url}/dispatch`);
  return { phone, desk };
}
