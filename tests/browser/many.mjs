// A hub with as many alarms as wanted, all of them active.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { binary, ready } from './hub.mjs';

/** Of an asset, each with one alarm, and its priority. */
const POINTS = { inlet_pressure: 'critical', outlet_pressure: 'high', flow: 'medium', gas_temperature: 'low', gas_detector: 'low' };
const NAMES = Object.keys(POINTS);
const PASSWORD = 'many-alarms';
/** Samples of one request. */
const SHARE = 10_000;

const point = ([name, priority]) => `
[[template.point]]
name = "${name}"
unit = "kPa"
[[template.point.alarm]]
kind = "high"
limit = 120.0
deadband = 2.0
priority = "${priority}"
cause = "Regulator failed open"
consequence = "Customers' appliances are overpressured, slam-shut may cut supply"
action = "Send a crew with the skill regulator; watch the slam-shut valve"
respond_within = "10min"
`;

/** A site of stations fed by programs. */
function site(assets) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'linepack-many-'));
  writeFileSync(path.join(dir, 'hub.toml'), `[hub]
name = "Many"
timezone = "Asia/Shanghai"
[server]
listen = "127.0.0.1:0"
[store]
url = "sqlite://data/hub.db"
[alarms]
flood = { start = 100000, end = 5, within = "1s" } # groups stay open: every alarm is a row
[[template]]
name = "district-regulator"
${Object.entries(POINTS).map(point).join('')}`);
  writeFileSync(path.join(dir, 'crews.csv'), 'id,name,phone,skills,base_lon,base_lat,shift,area\n');
  const rows = Array.from({ length: assets }, (_, i) => `rs-${i},Guanyinqiao RS-${i},district-regulator,district-regulator,,,,${106 + (i % 200) / 1000},${29 + Math.floor(i / 200) / 1000},Area ${i % 12}`);
  writeFileSync(path.join(dir, 'assets.csv'), ['id,name,kind,template,connection,unit_id,address_offset,lon,lat,area', ...rows, ''].join('\n'));
  return dir;
}

function run(args, input = '') {
  const done = spawnSync(binary(), args, { input, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`linepack ${args.join(' ')}: ${done.stderr}`);
  return done.stdout.trim();
}

/** `{hub, alarms, send, stop}`; `send` takes the numbers of alarms, and whether they are to be true. */
export async function startMany(wanted) {
  const assets = Math.ceil(wanted / NAMES.length);
  const dir = site(assets);
  run(['user', 'add', 'operator', '--role', 'operator', '--password-stdin', '--site', dir], `${PASSWORD}\n`);
  const token = run(['token', 'create', 'storm', '--role', 'ingest', '--site', dir]).split('\n').at(-1).trim();
  const hub = await ready(spawn(binary(), ['serve', dir], { stdio: ['ignore', 'pipe', 'pipe'] }));
  hub.logins = [{ role: 'operator', user: 'operator', password: PASSWORD }];
  const alarms = assets * NAMES.length;
  const sample = (n, high) => ({ point: `rs-${n % assets}/${NAMES[Math.floor(n / assets) % NAMES.length]}`, value: high ? 150 : 90 });
  const send = async (from, count, high) => {
    for (let n = from; n < from + count; n += SHARE) {
      const share = Array.from({ length: Math.min(SHARE, from + count - n) }, (_, i) => sample(n + i, high));
      const answer = await fetch(`${hub.url}/api/v1/samples`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(share),
      });
      if (!answer.ok) throw new Error(`samples: ${answer.status} ${await answer.text()}`);
    }
  };
  const stop = async () => {
    await hub.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { hub, alarms, send, stop };
}
