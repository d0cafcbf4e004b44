// A hub with a day behind it: two operator positions, hiding that takes two people or none, a detector that has learned,
// and a switch that bounces. What the demo shows only after hours.
import { startSite } from './site.mjs';

const SETTINGS = `[hub]
name = "North desk"
timezone = "Asia/Shanghai"
[server]
listen = "127.0.0.1:0"
[store]
url = "sqlite://data/hub.db"
late_after = "30d" # the day before is sent at once
[alarms]
damping = false
two_person_shelve = "30min"
[[position]]
name = "desk-1"
areas = ["Jiangbei"]
[[suppress]]
name = "station-stopped"
when = "{rs-03/running} < 1"
reason = "The station is shut down"
assets = ["rs-03"]
kinds = ["low"]
[[template]]
name = "district-regulator"
[[template.point]]
name = "inlet_pressure"
unit = "kPa"
[[template.point.alarm]]
kind = "high"
limit = 420.0
deadband = 5.0
priority = "critical"
two_person = true
cause = "The gate station feeds too much"
consequence = "Regulators downstream cannot hold"
action = "Call the gate station"
respond_within = "5min"
[[template.point]]
name = "outlet_pressure"
unit = "kPa"
range = [0.0, 600.0]
[[template.point.alarm]]
kind = "high"
limit = 120.0
priority = "high"
operator_may = { limit = [100, 125], on_delay = ["0s", "60s"] }
cause = "The regulator does not close"
action = "Send a crew"
[[template.point.alarm]]
kind = "low"
limit = 60.0
deadband = 2.0
priority = "medium"
[[template.point]]
name = "running"
[[template]]
name = "leak-detector"
[[template.point]]
name = "gas_lel"
unit = "%LEL"
range = [0.0, 100.0]
[[template.point.alarm]]
kind = "high"
limit = 20.0
deadband = 1.0
priority = "critical"
[[template.point.alarm]]
kind = "statistical"
priority = "medium"
warm_up = "2h"
`;
const ROWS = [
  ...[1, 2, 3, 4].map((n) => `rs-0${n},Guanyinqiao regulator ${n},district-regulator,district-regulator,,,,106.53${n},29.57${n},${n < 3 ? 'Jiangbei' : 'Yuzhong'}`),
  'ld-01,Guanyinqiao square,leak-detector,leak-detector,,,,106.535,29.575,Jiangbei',
];
export const PEOPLE = { operator: 'operator', second: 'operator', engineer: 'engineer', viewer: 'viewer' };

const MINUTE = 60_000;
/** Every so often a value of the past. */
const STEP = 30_000;

/** A noise that is the same in every run, -1 to 1. */
const noise = (n) => Math.sin(n * 12.9898) * Math.cos(n * 4.1414);

/** Of the last day: a limit touched for a minute now and then, two real overpressures, and gas that breathes. */
function* past(now) {
  for (let ms = now - 24 * 60 * MINUTE, n = 0; ms < now; ms += STEP, n += 1) {
    const real = n % 1200 > 1000 && n % 1200 < 1040;
    const touches = n % 40 < 2;
    yield { point: 'rs-01/outlet_pressure', value: real ? 128 : touches ? 120.6 : 112 + 2 * noise(n), ts_ms: ms };
    yield { point: 'ld-01/gas_lel', value: 3 + 0.4 * noise(n) + 0.5 * Math.sin(n / 200), ts_ms: ms };
    if (n % 20 === 0) yield { point: 'rs-02/outlet_pressure', value: 100 + noise(n), ts_ms: ms };
  }
}

/** `{hub, send, stop}`; `send` takes `{point: value}` of now. */
export async function startDesk() {
  const { hub, send, stop } = await startSite(SETTINGS, ROWS, PEOPLE);
  await send([...past(Date.now())]);
  const now = (values) => send(Object.entries(values).map(([point, value]) => ({ point, value })));
  await now({ 'rs-01/outlet_pressure': 113, 'rs-03/running': 0, 'rs-03/outlet_pressure': 40, 'rs-01/inlet_pressure': 430, 'rs-02/inlet_pressure': 430, 'rs-02/outlet_pressure': 131, 'rs-04/outlet_pressure': 52 });
  return { hub, send: now, stop };
}
