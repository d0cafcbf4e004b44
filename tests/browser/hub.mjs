// The program under test: the demo as it was built, on free ports.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The built program. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target');
  const found = ['debug', 'release'].map((profile) => path.join(target, profile, 'linepack')).find((file) => existsSync(file));
  if (process.env.LINEPACK) return process.env.LINEPACK;
  if (!found) throw new Error(`no linepack in ${target}: run cargo build first`);
  return found;
}

/** Starts the demo and waits for its line; `{url, logins, stop}`. A line in `LINEPACK_DEMO` names one that already runs. */
export async function startHub() {
  if (process.env.LINEPACK_DEMO) return { ...JSON.parse(process.env.LINEPACK_DEMO), stop: null };
  return ready(spawn(binary(), ['demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Waits for the line a hub says when it is up. */
export async function ready(child) {
  const log = [];
  readline.createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
    if (log.length > 200) log.shift();
  });
  const ended = new Promise((done) => child.once('exit', (code) => done(code)));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const first = new Promise((done) => readline.createInterface({ input: child.stdout }).once('line', done));
  const late = new Promise((done) => setTimeout(() => done(null), 60_000).unref());
  const line = await Promise.race([first, ended.then(() => null), late]);
  if (line === null) {
    child.kill('SIGKILL');
    throw new Error(`the hub did not start:\n${log.join('\n')}`);
  }
  return { ...JSON.parse(line), stop, log, exit: () => child.exitCode ?? child.signalCode };
}
