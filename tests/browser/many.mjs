// A hub with as many alarms as wanted, all of them active.
import { startSite } from './site.mjs';

/** Of an asset, each with one alarm, and its priority. */
const POINTS = { inlet_pressure: 'critical', outlet_pressure: 'high', flow: 'medium', gas_temperature: 'low', gas_detector: 'low' };
const NAMES = Object.keys(POINTS);

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

/** Stations fed by programs. */
const SETTINGS = `[hub]
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
${Object.entries(POINTS).map(point).join('')}`;

/** `{hub, alarms, send, stop}`; `send` takes the numbers of alarms, and whether they are to be true. */
export async function startMany(wanted) {
  const assets = Math.ceil(wanted / NAMES.length);
  const rows = Array.from({ length: assets }, (_, i) => `rs-${i},Guanyinqiao RS-${i},district-regulator,district-regulator,,,,${106 + (i % 200) / 1000},${29 + Math.floor(i / 200) / 1000},Area ${i % 12}`);
  const { hub, send, stop } = await startSite(SETTINGS, rows, { operator: 'operator' });
  const sample = (n, high) => ({ point: `rs-${n % assets}/${NAMES[Math.floor(n / assets) % NAMES.length]}`, value: high ? 150 : 90 });
  return {
    hub,
    alarms: assets * NAMES.length,
    /** Points to a value. */
    set: (points, value) => send(points.map((point) => ({ point, value }))),
    send: (from, count, high) => send(Array.from({ length: count }, (_, i) => sample(from + i, high))),
    stop,
  };
}
