// A hub of its own, on a site folder written for a check and fed by a program.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { binary, ready } from './hub.mjs';

const PASSWORD = 'many-alarms';
/** Samples of one request. */
const SHARE = 10_000;
const ASSETS = 'id,name,kind,template,connection,unit_id,address_offset,lon,lat,area';

function run(args, input = '') {
  const done = spawnSync(binary(), args, { input, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`linepack ${args.join(' ')}: ${done.stderr}`);
  return done.stdout.trim();
}

/** `{hub, send, stop}` of a site with these settings, rows of assets, and people `{name: role}`; `send` takes samples. */
export async function startSite(settings, assets, people) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'linepack-site-'));
  writeFileSync(path.join(dir, 'hub.toml'), settings);
  writeFileSync(path.join(dir, 'crews.csv'), 'id,name,phone,skills,base_lon,base_lat,shift,area\n');
  writeFileSync(path.join(dir, 'assets.csv'), [ASSETS, ...assets, ''].join('\n'));
  for (const [name, role] of Object.entries(people)) run(['user', 'add', name, '--role', role, '--password-stdin', '--site', dir], `${PASSWORD}\n`);
  const token = run(['token', 'create', 'field', '--role', 'ingest', '--site', dir]).split('\n').at(-1).trim();
  const hub = await ready(spawn(binary(), ['serve', dir], { stdio: ['ignore', 'pipe', 'pipe'] }));
  hub.logins = Object.entries(people).map(([user, role]) => ({ user, role, password: PASSWORD }));
  const send = async (samples) => {
    for (let from = 0; from < samples.length; from += SHARE) {
      const answer = await fetch(`${hub.url}/api/v1/samples`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(samples.slice(from, from + SHARE)),
      });
      if (!answer.ok) throw new Error(`samples: ${answer.status} ${await answer.text()}`);
    }
  };
  const stop = async () => {
    await hub.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { hub, send, stop };
}
