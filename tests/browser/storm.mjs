// The list of alarms with a hundred thousand of them, and a thousand transitions a second: `node storm.mjs [alarms] [seconds]`.
// One JSON line; what it means stands in docs/PERFORMANCE.md.
import os from 'node:os';
import { Browser, DESKTOP, until } from './browser.mjs';
import { startMany } from './many.mjs';

const ALARMS = Number(process.argv[2] ?? 100_000);
const SECONDS = Number(process.argv[3] ?? 20);
/** Transitions a second. */
const RATE = 1000;

/** On a busy machine, with an unoptimised build, ms. */
const LONG = 600_000;

const many = await startMany(ALARMS);
const { hub } = many;
const figures = { alarms: many.alarms, load: os.loadavg()[0] };

/** A socket of this page's own: how long until the snapshot is here, and how large it is. */
const socket = (page, query) => page.evaluate((q) => new Promise((done) => {
  const start = performance.now();
  const live = new WebSocket(`ws://${location.host}/api/v1/live?${q}`);
  live.onopen = () => live.send(JSON.stringify({ type: 'subscribe', topics: ['alarms'], viewport: null, points: [] }));
  live.onmessage = (event) => {
    const arrived = performance.now();
    const { alarms } = JSON.parse(event.data);
    live.close();
    done({ alarms: alarms.length, mb: event.data.length / 1e6, arrived_ms: arrived - start, parse_ms: performance.now() - arrived });
  };
}), query);

/** Of sorted numbers. */
const at = (numbers, p) => Number((numbers[Math.min(numbers.length - 1, Math.floor(numbers.length * p))] ?? 0).toFixed(1));

const browser = await Browser.launch(hub);
try {
  let start = Date.now();
  await many.send(0, figures.alarms, true);
  figures.raised_s = (Date.now() - start) / 1000;

  const page = await browser.page(DESKTOP);
  await browser.login(page, 'operator', '/alarms?q=none');
  const row = page.locator('[data-testid=alarms] [data-alarm]').first();
  start = Date.now();
  await page.goto(`${hub.url}/alarms`, { waitUntil: 'commit' });
  await row.waitFor({ timeout: LONG });
  figures.first_list_s = (Date.now() - start) / 1000;
  await until('all of them', async () => (await page.textContent('nav.tabs a')).includes(String(figures.alarms)), LONG);
  figures.rows_in_page = await page.locator('[data-testid=alarms] [data-alarm]').count();
  figures.snapshot_brief = await socket(page, 'alarms=brief');
  const cdp = await page.context().newCDPSession(page);
  const heap = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    return Math.round((await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6);
  };
  figures.heap_mb = [await heap()];

  /** From a key to the next picture in which it shows, ms. */
  const key = (what, selector) => page.evaluate(([k, s]) => new Promise((done) => {
    const began = performance.now();
    const before = document.querySelector(s)?.getAttribute('data-alarm');
    window.dispatchEvent(new KeyboardEvent('keydown', { key: k, bubbles: true }));
    const look = () => {
      const now = document.querySelector(s)?.getAttribute('data-alarm');
      if (now !== undefined && now !== before) setTimeout(() => done(performance.now() - began), 0);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }), [what, selector]);
  /** Frames and long tasks of a time. */
  const watch = () => page.evaluate(() => {
    const seen = { frames: [], tasks: [] };
    globalThis.seen = seen;
    let last = performance.now();
    const frame = (now) => {
      seen.frames.push(now - last);
      last = now;
      if (globalThis.seen === seen) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
  });
  const watched = async () => {
    const { frames, tasks } = await page.evaluate(() => {
      const { seen } = globalThis;
      globalThis.seen = null;
      return { frames: seen.frames.sort((a, b) => a - b), tasks: seen.tasks };
    });
    return {
      frames: frames.length, frame_p50_ms: at(frames, 0.5), frame_p95_ms: at(frames, 0.95), frame_p99_ms: at(frames, 0.99), frame_max_ms: at(frames, 1),
      long_tasks: tasks.length, longest_task_ms: Math.round(Math.max(0, ...tasks)),
    };
  };

  await watch();
  await page.waitForTimeout(5000);
  figures.quiet = await watched();

  // each clears, and raises again a round later: no alarm chatters
  await watch();
  const keys = [];
  let sent = 0;
  start = Date.now();
  let pressed = 0;
  while (Date.now() - start < SECONDS * 1000) {
    const due = Math.floor(((Date.now() - start) / 1000) * RATE);
    if (due - sent >= RATE / 20) {
      await many.send(sent, due - sent, Math.floor(sent / figures.alarms) % 2 === 1);
      sent = due;
    }
    if (Date.now() - start > 500 * (pressed + 1)) {
      pressed += 1;
      keys.push(await key('ArrowDown', '[data-chosen=true]'));
    }
    await new Promise((done) => setTimeout(done, 5));
  }
  figures.storm = { seconds: SECONDS, transitions_a_second: Math.round(sent / SECONDS), ...(await watched()) };
  keys.sort((a, b) => a - b);
  figures.storm.key_p50_ms = at(keys, 0.5);
  figures.storm.key_max_ms = at(keys, 1);
  figures.heap_mb.push(await heap());

  // somebody looks for one of them: the first letter, whose words nobody has looked at before, and the rest of it
  const filter = (text) => page.evaluate((typed) => new Promise((done) => {
    const tasks = [];
    const long = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration)));
    long.observe({ type: 'longtask' });
    const box = document.querySelector('main input[type=search]');
    const table = document.querySelector('[data-testid=alarms]');
    const began = performance.now();
    let first = null;
    box.value = typed;
    box.dispatchEvent(new Event('input', { bubbles: true }));
    const look = () => {
      first ??= performance.now() - began;
      if (table.getAttribute('aria-busy') === 'true') return void requestAnimationFrame(() => setTimeout(look));
      const all = performance.now() - began;
      setTimeout(() => done({ first_ms: Math.round(first), all_ms: Math.round(all), longest_task_ms: Math.round(Math.max(0, ...tasks)) }), 100);
    };
    requestAnimationFrame(() => setTimeout(look));
  }), text);
  figures.filter = { letter: await filter('r'), more: await filter('rs-77 outlet'), again: await filter('rs-777 outlet') };
  await page.fill('main input[type=search]', '');
  await until('the last row by one key', async () => {
    await page.locator('h1').click();
    await page.keyboard.press('End');
    return (await page.locator(`[data-testid=alarms] [aria-rowindex="${figures.alarms + 1}"]`).count()) > 0;
  });
  figures.snapshot_whole = await socket(page, '');
  // why screens were sent everything anew: once for each socket that was opened
  const metrics = await (await fetch(`${hub.url}/metrics`)).text();
  figures.snapshots = Object.fromEntries([...metrics.matchAll(/linepack_push_snapshots_total\{why="(\w+)"\} (\d+)/g)].map(([, why, n]) => [why, Number(n)]));
  figures.faults = browser.faults;
} finally {
  console.log(JSON.stringify(figures));
  await browser.close();
  await many.stop();
}
