//! What can be made to happen, so that a newcomer sees the whole chain.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::error::SimError;
use crate::http;
use crate::physics::world::{Effect, Fault};
use crate::simulation::Shared;

/// A fault that nobody repairs ends by itself.
const LONGEST_MS: i64 = 15 * 60_000;
/// The second caller rings this much later.
const SECOND_CALL: Duration = Duration::from_secs(8);
/// A dead gateway comes back after this.
const DEAD: Duration = Duration::from_secs(60);
/// How long a gate station overfeeds, and how many regulators show it.
const OVERFEED_MS: i64 = 4 * 60_000;
const OVERFED: usize = 14;
/// A main torn open by a digger, m³/h.
const LEAK_M3_H: f64 = 6_000.0;
/// The skill that repairs regulators.
const REGULATOR: &str = "regulator";
/// The skill that finds and closes leaks.
const LEAK: &str = "leak";

/// A scenario in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioInfo {
    /// Used in paths and on the command line.
    pub name: &'static str,
    /// One line, English.
    pub title: &'static str,
    /// One line, Chinese.
    pub title_zh: &'static str,
    /// What to watch for.
    pub detail: &'static str,
}

/// All scenarios.
pub const ALL: &[ScenarioInfo] = &[
    ScenarioInfo {
        name: "regulator-failure",
        title: "A regulator fails near the demo crew",
        title_zh: "演示班组附近的调压器失效",
        detail: "Outlet pressure climbs through high and high-high within 20 s; the demo crew is paged. Accept on its phone page.",
    },
    ScenarioInfo {
        name: "crew-answers",
        title: "A regulator fails and a simulated crew repairs it",
        title_zh: "调压器失效，模拟班组接单并修复",
        detail: "The nearest crew accepts within 10 s, drives, makes safe, restores and reports; then the city is quiet again.",
    },
    ScenarioInfo {
        name: "silent-crew",
        title: "A regulator fails and the nearest crew does not answer",
        title_zh: "调压器失效，最近的班组无应答",
        detail: "The page expires and goes to the next crew.",
    },
    ScenarioInfo {
        name: "leak",
        title: "A medium-pressure main leaks beside a station",
        title_zh: "站旁中压管道泄漏",
        detail: "Gas detector rises in steps, inlet pressure falls there and at its neighbours, flow rises at the gates.",
    },
    ScenarioInfo {
        name: "dead-link",
        title: "A Modbus gateway goes dead for 60 s",
        title_zh: "一台 Modbus 网关断线 60 秒",
        detail: "One communication alarm; the values behind it turn bad, none of them raises an alarm of its own.",
    },
    ScenarioInfo {
        name: "sensor-drift",
        title: "A pressure transmitter drifts",
        title_zh: "压力变送器漂移",
        detail: "One outlet pressure wanders above its high limit while its neighbours and its flow stay as they were; ends after 3 minutes.",
    },
    ScenarioInfo {
        name: "overfeed",
        title: "A pressure station overfeeds its district",
        title_zh: "调压站向下游超压供气",
        detail: "Its outlet pressure goes high, then a dozen regulators behind it: an alarm flood whose cause came first. Ends after 4 minutes.",
    },
    ScenarioInfo {
        name: "gas-smell",
        title: "Two callers smell gas",
        title_zh: "两位市民报告闻到燃气味",
        detail: "Two hotline calls 8 s apart from the same street.",
    },
];

/// Runs one.
pub(crate) async fn run(shared: &Arc<Shared>, name: &str) -> Result<String, SimError> {
    match name {
        "regulator-failure" => regulator_failure(shared, Nearest::Person),
        "crew-answers" => regulator_failure(shared, Nearest::Simulated),
        "silent-crew" => regulator_failure(shared, Nearest::Silent),
        "leak" => leak(shared),
        "dead-link" => dead_link(shared),
        "sensor-drift" => sensor_drift(shared),
        "overfeed" => overfeed(shared),
        "gas-smell" => gas_smell(shared).await,
        other => Err(SimError::UnknownScenario(other.to_owned())),
    }
}

/// Who shall be the nearest crew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nearest {
    Person,
    Simulated,
    Silent,
}

fn is_human(shared: &Shared, crew: usize) -> bool {
    shared.options.human_crews.contains(&shared.plant.crews[crew].id)
}

/// Free crews with a skill (all free ones where the site does not know the skill), nearest first: number and metres.
fn nearest(shared: &Shared, asset: usize, skill: &str) -> Vec<(usize, f64)> {
    let crews = &shared.plant.crews;
    let known = crews.iter().any(|c| c.skills.iter().any(|s| s == skill));
    let at = shared.plant.assets[asset].position;
    let now = shared.crews().clone();
    let able = |c: usize| !now[c].busy && (!known || crews[c].skills.iter().any(|s| s == skill));
    let mut ranked: Vec<(usize, f64)> =
        (0..crews.len()).filter(|c| able(*c)).map(|c| (c, now[c].position.distance_m(at))).collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    ranked
}

/// Sound stations with an outlet pressure that has an upper limit: asset, point, limit.
fn regulators(shared: &Shared) -> Vec<(usize, usize, f64)> {
    let world = shared.world();
    let stations = shared.plant.assets.iter().enumerate().filter(|(a, _)| !world.is_faulty(*a));
    let found = stations.filter_map(|(a, asset)| {
        let point = asset.points.iter().position(|p| p.name == "outlet_pressure")?;
        let limits = asset.points[point].limits;
        Some((asset.kind.contains("regulator"), (a, point, limits.high_high.or(limits.high)?)))
    });
    let found: Vec<_> = found.collect();
    let any = found.iter().any(|(is_regulator, _)| *is_regulator);
    found.into_iter().filter(|(is_regulator, _)| *is_regulator || !any).map(|(_, f)| f).collect()
}

fn regulator_failure(shared: &Shared, who: Nearest) -> Result<String, SimError> {
    let human = |crew: usize| is_human(shared, crew);
    let mut best: Option<(f64, (usize, usize, f64), usize)> = None;
    for station in regulators(shared) {
        let ranked = nearest(shared, station.0, REGULATOR);
        let Some(&(first, metres)) = ranked.first() else { continue };
        let second = ranked.get(1).map_or(f64::INFINITY, |r| r.1);
        let fits = match who {
            Nearest::Person => human(first),
            Nearest::Simulated => !human(first),
            Nearest::Silent => !human(first) && ranked.get(1).is_some_and(|r| !human(r.0)),
        };
        // near, yet not on the doorstep, and clearly nearer than the next crew
        let score = (metres - 900.0).abs() + (metres * 1.3 - second).max(0.0) * 3.0 + if fits { 0.0 } else { 1e6 };
        if best.as_ref().is_none_or(|b| score < b.0) {
            best = Some((score, station, first));
        }
    }
    let Some((_, (asset, point, limit), first)) = best else {
        let why = "no sound station with a limit on its outlet pressure, or no free crew with the skill";
        return Err(SimError::Unsuitable(why.into()));
    };
    if who == Nearest::Silent {
        shared.crews()[first].silent = true;
    }
    let effect = shared.world().climb_to(asset, point, limit * 1.12);
    begin(shared, asset, effect, 16_000, LONGEST_MS);
    let station = &shared.plant.assets[asset];
    Ok(format!(
        "{} ({}): outlet pressure climbs above {limit} {} within 20 s; nearest crew is {}{}",
        station.id,
        station.name,
        station.points[point].unit,
        shared.plant.crews[first].id,
        if who == Nearest::Silent { ", which does not answer" } else { "" },
    ))
}

fn leak(shared: &Shared) -> Result<String, SimError> {
    // the far end of the grid shows it best: lowest inlet pressure; better where a simulated crew is the nearest
    let mut found: Option<((bool, f64), usize, usize, f64)> = None;
    for (asset, _, _) in regulators(shared) {
        let points = &shared.plant.assets[asset].points;
        let Some(point) = points.iter().position(|p| p.name.contains("lel")) else { continue };
        let Some(limit) = points[point].limits.high_high.or(points[point].limits.high) else { continue };
        let inlet = points.iter().position(|p| p.name == "inlet_pressure");
        let pressure = inlet.map_or(f64::INFINITY, |p| shared.world().values(asset)[p]);
        let persons = nearest(shared, asset, LEAK).first().is_some_and(|(crew, _)| is_human(shared, *crew));
        if found.as_ref().is_none_or(|f| (persons, pressure) < f.0) {
            found = Some(((persons, pressure), asset, point, limit));
        }
    }
    let Some((_, asset, point, limit)) = found else {
        return Err(SimError::Unsuitable("no sound station with a gas detector that has a limit".into()));
    };
    begin(shared, asset, Effect::Leak(LEAK_M3_H), 10_000, LONGEST_MS);
    begin(shared, asset, Effect::Shows { point, value: limit * 1.6, steps: 5 }, 30_000, LONGEST_MS);
    let this = &shared.plant.assets[asset];
    Ok(format!("{} ({}): {LEAK_M3_H} m³/h escape from the main beside it", this.id, this.name))
}

fn dead_link(shared: &Arc<Shared>) -> Result<String, SimError> {
    // a gateway that carries something, another one each time
    let turn = ((shared.options.now)() / DEAD.as_millis() as i64) as usize;
    let Some(server) = (!shared.servers.is_empty()).then(|| &shared.servers[turn % shared.servers.len()]) else {
        return Err(SimError::Unsuitable("no Modbus gateway".into()));
    };
    server.power(false);
    let again = server.clone();
    shared.tasks.spawn(async move {
        tokio::time::sleep(DEAD).await;
        again.power(true);
    });
    Ok(format!("the Modbus gateway at {} is off for {} s", server.address(), DEAD.as_secs()))
}

fn sensor_drift(shared: &Shared) -> Result<String, SimError> {
    let stations = regulators(shared);
    let turn = ((shared.options.now)() / 60_000) as usize;
    let Some(&(asset, point, high_high)) = stations.get(turn % stations.len().max(1)) else {
        return Err(SimError::Unsuitable("no sound station with a limit on its outlet pressure".into()));
    };
    let this = &shared.plant.assets[asset];
    let value = match this.points[point].limits {
        crate::plant::Limits { high: Some(high), high_high: Some(highest), .. } => high + (highest - high) * 0.3,
        _ => high_high * 1.03,
    };
    begin(shared, asset, Effect::Shows { point, value, steps: 0 }, 60_000, 180_000);
    Ok(format!("{} ({}): the outlet pressure transmitter drifts to {value:.0}", this.id, this.name))
}

/// Above the lower of the high limits, part of the way to the upper one.
fn between(limits: crate::plant::Limits, part: f64) -> f64 {
    match (limits.high, limits.high_high) {
        (Some(high), Some(highest)) => high + (highest - high) * part,
        (limit, other) => limit.or(other).unwrap_or(0.0) * 1.03,
    }
}

/// The station shows it first; its alarm has a delay, so the others begin when that is over.
fn overfeed(shared: &Shared) -> Result<String, SimError> {
    let assets = &shared.plant.assets;
    let outlet = |a: usize| assets[a].points.iter().position(|p| p.name == "outlet_pressure");
    let source =
        (0..assets.len()).filter(|a| assets[*a].kind.contains("pressure-station") && !shared.world().is_faulty(*a));
    let found = source.filter_map(|a| Some((a, outlet(a)?, assets[a].points[outlet(a)?].limits))).next();
    let Some((station, point, limits)) = found else {
        return Err(SimError::Unsuitable("no sound pressure station with an outlet pressure".into()));
    };
    let lasts = |after_ms: i64| OVERFEED_MS - after_ms;
    begin(shared, station, Effect::Shows { point, value: between(limits, 0.5), steps: 0 }, 2_000, lasts(0));
    let metres = |(a, _, _): &(usize, usize, f64)| assets[*a].position.distance_m(assets[station].position);
    let mut behind = regulators(shared);
    behind.retain(|(a, _, _)| *a != station);
    behind.sort_by(|a, b| metres(a).total_cmp(&metres(b)));
    for (n, &(asset, point, _)) in behind.iter().take(OVERFED).enumerate() {
        let value = between(assets[asset].points[point].limits, 0.5);
        let from_ms = (shared.options.now)() + 16_000 + n as i64 * 500;
        let effect = Effect::Shows { point, value, steps: 0 };
        let until_ms = from_ms + lasts(24_000);
        shared.world().begin(Fault { asset, effect, from_ms, growth_ms: 3_000, until_ms });
    }
    let this = &assets[station];
    Ok(format!(
        "{} ({}): its outlet pressure goes high, then that of {OVERFED} regulators behind it",
        this.id, this.name
    ))
}

async fn gas_smell(shared: &Arc<Shared>) -> Result<String, SimError> {
    let Some((base, token)) = shared.hotline_api() else {
        return Err(SimError::Unsuitable("no account that may open incidents".into()));
    };
    let assets = &shared.plant.assets;
    let turn = ((shared.options.now)() / 1_000) as usize;
    let Some(near) = assets.get(turn % assets.len().max(1)) else {
        return Err(SimError::Unsuitable("no asset".into()));
    };
    let call = |lon_off: f64, caller: &str, note: &str| {
        json!({
            "kind": "gas-smell",
            "lon": near.position.lon + 0.0012 + lon_off,
            "lat": near.position.lat + 0.0008,
            "address": format!("Street behind {}", near.name),
            "caller": caller,
            "note": note,
        })
    };
    let first = call(0.0, "138 0000 1001", "Smells of gas in the stairwell, third floor.");
    let second = call(0.0006, "139 0000 2002", "Strong smell of gas at the bus stop.");
    let answer = http::post(&base, "/api/v1/incidents", &token, &first).await?;
    if answer.status >= 300 {
        return Err(SimError::Api(format!("a hotline call was answered with {}", answer.status)));
    }
    let place = near.name.clone();
    shared.tasks.spawn(async move {
        tokio::time::sleep(SECOND_CALL).await;
        match http::post(&base, "/api/v1/incidents", &token, &second).await {
            Ok(answer) if answer.status < 300 => {}
            Ok(answer) => tracing::warn!(status = answer.status, "second hotline call refused"),
            Err(error) => tracing::warn!(%error, "second hotline call failed"),
        }
    });
    Ok(format!("two callers smell gas behind {place}"))
}

fn begin(shared: &Shared, asset: usize, effect: Effect, growth_ms: i64, lasts_ms: i64) {
    let from_ms = (shared.options.now)();
    shared.world().begin(Fault { asset, effect, from_ms, growth_ms, until_ms: from_ms + lasts_ms });
}
