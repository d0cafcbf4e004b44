// The screens against the built program: `node run.mjs`. The last line is `N passed, N failed`.
import assert from 'node:assert/strict';
import { Browser, until } from './browser.mjs';
import { access } from './checks/access.mjs';
import { byHand } from './checks/byhand.mjs';
import { control } from './checks/control.mjs';
import { crew, paged, phoneOf } from './checks/crew.mjs';
import { flood } from './checks/flood.mjs';
import { handover } from './checks/handover.mjs';
import { desk } from './checks/desk.mjs';
import { figures } from './checks/figures.mjs';
import { hide } from './checks/hide.mjs';
import { long } from './checks/long.mjs';
import { models } from './checks/models.mjs';
import { alarm, room } from './checks/room.mjs';
import { wordsCheck } from './checks/words.mjs';
import { startHub } from './hub.mjs';

let passed = 0;
const failed = [];

async function check(name, run) {
  const start = Date.now();
  try {
    await run();
    passed += 1;
    console.log(`ok    ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed.push(name);
    console.log(`FAIL  ${name}\n      ${String(error.message ?? error).replaceAll('\n', '\n      ')}`);
  }
}

const hub = await startHub();
const browser = await Browser.launch(hub);
const context = { check, browser, hub };
try {
  const phone = await phoneOf(context);
  const page = await room(context);
  await paged(context, phone);
  await alarm(context, page);
  await control(context);
  await byHand(context);
  await hide(context);
  await figures(context);
  await models(context);
  await crew(context, phone);
  await flood(context);
  await handover(context);
  await wordsCheck(context);
  await access(context);
  await desk(context);
  await long(context);
  await check('no errors in the console and no request outside of the hub', async () => assert.deepEqual(browser.faults, []));
  if (hub.stop) {
    await check('the demo still runs', async () => assert.equal(hub.exit(), null));
    await check('a lost connection greys the values at once', async () => {
      await hub.stop();
      await until('the warning', async () => (await page.locator('.room.lost').count()) > 0 && (await page.locator('[role=alert]').count()) > 0, 15_000);
    });
  }
} catch (error) {
  failed.push(`stopped: ${error.message}`);
  console.log(`FAIL  ${error.stack}`);
} finally {
  await browser.close();
  await hub.stop?.();
}
if (failed.length > 0 && hub.log) console.log(`the demo's last words (exit ${hub.exit()}):\n${hub.log.slice(-30).join('\n')}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
