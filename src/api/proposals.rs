//! What would help an alarm that comes too often: other settings, each tried on the history of its point through the
//! core's own evaluation.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::kpi::quantile;
use linepack_core::registry::{AlarmKind, AlarmSource, Rule};
use linepack_core::replay::{Activation, Candidate, Effect, Replay, annunciations, candidates, effect, noise};
use linepack_core::tune::Setting;
use linepack_core::{AlarmId, Delivery, Millis, PointId, Sample, Ts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::alarms::find;
use super::input::{Fields, Path, Query, or_empty};
use super::period::Period;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::{CommandFilter, HistorySample, IncidentFilter};
use crate::view::Picture;
use crate::wire;

/// Longest period.
const LONGEST: Millis = Millis::mins(92 * 24 * 60);
/// When left out.
const WEEK: Millis = Millis::mins(7 * 24 * 60);
/// Most samples of one question; the newest of a period that has more are left out.
const SAMPLES: u64 = 3_000_000;
/// Samples that tell the noise.
const FOR_NOISE: usize = 20_000;
/// Proposals of one answer.
const BEST: usize = 10;
/// Incidents and commands that are looked through, newest first.
const FOLLOWED: usize = 2000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// What stood for longer was a true alarm; 300 when left out.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<f64>)]
    true_after_s: Option<f64>,
}

/// Deadbands, delays and limits that would have removed alarms of a period, of the last week when nothing is said, and lost
/// none that mattered. It ends now at the latest and is 92 days at most.
#[utoipa::path(get, path = "/alarms/{id}/proposals", tag = "alarms", params(("id" = String, Path), Asked, Period),
    responses((status = 200, body = wire::Proposals), (status = 422, body = wire::Problem)))]
pub(crate) async fn get(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    Query(period): Query<Period>,
) -> Result<Json<wire::Proposals>> {
    let picture = hub.view.load();
    let alarm = find(&picture, &id)?;
    let point = replayable(&picture, alarm)?;
    let mut fields = Fields::default();
    let (from, to) = period.past(hub.clock.now(), WEEK, LONGEST, &mut fields);
    let true_after = asked.true_after_s.unwrap_or(300.0);
    if !(1.0..=86_400.0).contains(&true_after) {
        fields.wrong("true_after_s", "must be from 1 to 86400");
    }
    fields.check()?;
    // one at a time: it reads and thinks more than any other question
    let _turn = hub.replays.lock().await;
    hub.store.caught_up().await;
    let name = picture.registry.point_name(point);
    let tried = tried(&hub, &picture, alarm, &name, (from, to)).await?;
    let mut rules: Vec<Rule> = vec![picture.registry.rule(alarm).clone()];
    rules.extend(tried.iter().map(|c| c.rule.clone()));
    let (runs, samples, more) = replay(&hub, &picture, point, rules, (from, to)).await?;
    let Some((now_run, others)) = runs.split_first() else {
        return Err(Problem::unavailable("the history could not be replayed", 5));
    };
    let followed = followed(&hub, &picture, alarm, (from, to)).await?;
    let long = Millis((true_after * 1000.0) as i64);
    let mattered = |a: &&Activation| {
        let end = a.cleared.unwrap_or(Ts(to));
        end - a.raised > long || followed.iter().any(|t| (a.raised..=end).contains(t))
    };
    let true_alarms: Vec<Activation> = now_run.iter().filter(mattered).copied().collect();
    let effects: Vec<Effect> = others.iter().map(|run| effect(&true_alarms, run)).collect();
    let losing = effects.iter().filter(|e| e.lost > 0).count();
    let allowed = picture.registry.rule(alarm).rationalization.respond_within.unwrap_or(Millis::mins(5));
    Ok(Json(wire::Proposals {
        alarm: picture.registry.alarm_key(alarm),
        from_ms: from,
        to_ms: to,
        samples,
        activations: now_run.len() as u64,
        annunciations: annunciations(now_run) as u64,
        true_alarms: true_alarms.len() as u64,
        true_after_s: true_after,
        tried: tried.len() as u64,
        losing: losing as u64,
        note: if more { format!("only the first {SAMPLES} samples were replayed") } else { String::new() },
        items: best(now_run, &tried, &effects, allowed),
    }))
}

/// The point of an alarm whose rule the history can be put through.
fn replayable(picture: &Picture, alarm: AlarmId) -> Result<PointId> {
    use AlarmKind::{BadQuality, High, HighHigh, Low, LowLow, RateOfFall, RateOfRise, Stale};
    let kind = picture.registry.rule(alarm).kind;
    match picture.registry.alarms[alarm.index()].source {
        AlarmSource::Point(point)
            if matches!(kind, High | HighHigh | Low | LowLow | RateOfRise | RateOfFall | Stale | BadQuality) =>
        {
            Ok(point)
        }
        _ => Err(Problem::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            format!("the history says nothing about other settings of an alarm of kind {}", kind.name()),
        )),
    }
}

/// Other settings, by the noise that the point has.
async fn tried(
    hub: &Hub,
    picture: &Picture,
    alarm: AlarmId,
    point: &str,
    (from, to): (i64, i64),
) -> Result<Vec<Candidate>> {
    let mut values = Vec::new();
    let mut samples = hub.store.samples(point, from, to).await?;
    while values.len() < FOR_NOISE {
        let part = samples.next().await?;
        if part.is_empty() {
            break;
        }
        values.extend(part.iter().filter(|s| s.quality.is_good()).filter_map(|s| s.value));
    }
    Ok(candidates(&picture.registry, alarm, noise(&values)))
}

/// All rules through the history, side by side; how many samples there were, and whether there were more.
async fn replay(
    hub: &Hub,
    picture: &Picture,
    point: PointId,
    rules: Vec<Rule>,
    (from, to): (i64, i64),
) -> Result<(Vec<Vec<Activation>>, u64, bool)> {
    let kind = picture.registry.point_type(&picture.registry.points[point.index()]).clone();
    let name = picture.registry.point_name(point);
    let mut replay = Replay::new(&kind, &rules, picture.registry.alarm_policy);
    let mut samples = hub.store.samples(&name, from, to).await?;
    let mut count = 0u64;
    loop {
        let part = samples.next().await?;
        if part.is_empty() || count >= SAMPLES {
            return Ok((replay.finish(Ts(to)), count, !part.is_empty()));
        }
        count += part.len() as u64;
        let fed = tokio::task::spawn_blocking(move || {
            part.iter().map(sample).for_each(|s| replay.sample(s));
            replay
        });
        replay = fed.await.map_err(|_| Problem::unavailable("the history could not be replayed", 5))?;
    }
}

fn sample(s: &HistorySample) -> Sample {
    let ts = Ts(s.ts_ms);
    let value = s.value.unwrap_or(f64::NAN);
    Sample { point: PointId(0), ts, received: ts, value, quality: s.quality, delivery: Delivery::Live }
}

/// When something was done because of the alarm: an incident was opened, a command was sent to its asset.
async fn followed(hub: &Hub, picture: &Picture, alarm: AlarmId, (from, to): (i64, i64)) -> Result<Vec<Ts>> {
    let filter = IncidentFilter { before: None, limit: FOLLOWED };
    let incidents = hub.store.incidents(&picture.registry, &filter).await?;
    let mut all: Vec<Ts> = incidents.iter().filter(|(i, _)| i.alarms.contains(&alarm)).map(|(i, _)| i.opened).collect();
    let filter = CommandFilter { from_ms: Some(from), to_ms: Some(to), limit: FOLLOWED, ..CommandFilter::default() };
    let asset = picture.registry.alarm_asset(alarm).map(|a| picture.registry.assets[a.index()].id.clone());
    let of_asset = |point: &str| asset.as_deref().is_some_and(|a| point.split('/').next() == Some(a));
    let commands = hub.store.commands(&filter).await?;
    all.extend(commands.iter().filter(|c| of_asset(&c.point)).filter_map(|c| c.executed.as_ref().map(|(_, at)| *at)));
    Ok(all)
}

/// Ways that lose nothing and spare the operator something: the most for the least delay first.
fn best(now: &[Activation], tried: &[Candidate], effects: &[Effect], allowed: Millis) -> Vec<wire::Proposal> {
    let shown = annunciations(now);
    let delay = |e: &Effect| e.delays.last().map_or(0.0, |d| d.as_secs_f64());
    let worth = |e: &Effect| {
        let spared = shown.saturating_sub(e.annunciations) as f64 / shown.max(1) as f64;
        spared - 0.5 * (delay(e) / allowed.as_secs_f64().max(1.0)).min(1.0)
    };
    let helps = |e: &Effect| e.lost == 0 && e.annunciations < shown;
    let mut all: Vec<(&Candidate, &Effect)> = tried.iter().zip(effects).filter(|(_, e)| helps(e)).collect();
    all.sort_by(|(a, x), (b, y)| {
        let fewest = x.activations.cmp(&y.activations).then(a.settings.len().cmp(&b.settings.len()));
        worth(y).total_cmp(&worth(x)).then(fewest)
    });
    let proposal = |(candidate, e): (&Candidate, &Effect)| {
        let of = |wanted: Setting| candidate.settings.iter().find(|(s, _)| *s == wanted).map(|(_, v)| *v);
        let delays: Vec<i64> = e.delays.iter().map(|d| d.0).collect();
        wire::Proposal {
            limit: of(Setting::Limit),
            deadband: of(Setting::Deadband),
            on_delay_s: of(Setting::OnDelay).map(|ms| ms / 1000.0),
            off_delay_s: of(Setting::OffDelay).map(|ms| ms / 1000.0),
            activations: e.activations as u64,
            removed: now.len().saturating_sub(e.activations) as u64,
            annunciations: e.annunciations as u64,
            annunciations_removed: shown.saturating_sub(e.annunciations) as u64,
            delay_p50_s: quantile(&delays, 50).map(Millis::as_secs_f64),
            delay_max_s: e.delays.last().map(|d| d.as_secs_f64()),
        }
    };
    all.into_iter().take(BEST).map(proposal).collect()
}
