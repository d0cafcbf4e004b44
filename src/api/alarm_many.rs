//! Many alarms at once: acknowledge a page or a group, floods.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::{AlarmId, Command, Flood, Millis, Refusal, Reply, Ts};

use super::Caller;
use super::alarms::find;
use super::input::{Body, Fields, Query};
use super::period::Period;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::view::{Picture, flood};
use crate::wire::{self, AckOne};

/// Alarms of one request.
const MOST: usize = 1_000;
/// Looked back at floods, where nobody says how far.
const MONTH: Millis = Millis::mins(30 * 24 * 60);

/// Acknowledge many alarms, or all of a group; each is answered for itself.
#[utoipa::path(post, path = "/alarms/ack", tag = "alarms", request_body = wire::AckManyRequest,
    responses((status = 200, body = wire::AckedMany), (status = 404, body = wire::Problem),
        (status = 422, body = wire::Problem)))]
pub(crate) async fn ack(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    body: Body<wire::AckManyRequest>,
) -> Result<Json<wire::AckedMany>> {
    let body = body.read()?;
    let picture = hub.view.load();
    let mut asked: Vec<(String, Option<u64>)> = body.ids.into_iter().map(seen).collect();
    if let Some(group) = &body.group {
        asked.extend(of_group(&picture, find(&picture, group)?));
    }
    if asked.is_empty() {
        return Err(Problem::field("ids", "names no alarm; give `ids` or `group`"));
    }
    if asked.len() > MOST {
        return Err(Problem::field("ids", format!("at most {MOST} alarms at once")));
    }
    let alarms: Vec<(AlarmId, Option<u64>)> =
        asked.iter().filter_map(|(id, seq)| Some((picture.registry.find_alarm(id)?, *seq))).collect();
    let mut answers = match hub.command(&picture, &caller, Command::Acknowledge(alarms)).await? {
        Reply::Alarms(answers) => answers.into_iter(),
        _ => vec![].into_iter(),
    };
    let items = asked.into_iter().map(|(id, _)| match picture.registry.find_alarm(&id) {
        None => wire::Acked { detail: format!("there is no alarm {id}"), id, status: 404, alarm: None },
        Some(alarm) => match answers.next() {
            Some(Ok(after)) => {
                wire::Acked { id, status: 200, alarm: Some(picture.alarm(&after)), detail: String::new() }
            }
            Some(Err(refusal)) => {
                let alarm = Some(hub.view.load().alarm_by_id(alarm));
                let status = if matches!(refusal, Refusal::NotFound { .. }) { 404 } else { 409 };
                wire::Acked { id, status, alarm, detail: refusal.to_string() }
            }
            None => wire::Acked { id, status: 409, alarm: None, detail: "the hub did not say".to_owned() },
        },
    });
    Ok(Json(wire::AckedMany { items: items.collect() }))
}

fn seen(one: AckOne) -> (String, Option<u64>) {
    match one {
        AckOne::Id(id) => (id, None),
        AckOne::Seen { id, seq } => (id, seq),
    }
}

/// The alarms of a group that want an acknowledgement, as they are on the board.
fn of_group(picture: &Picture, first: AlarmId) -> Vec<(String, Option<u64>)> {
    let of = picture.board.alarms.values().filter(|a| a.group == Some(first) && a.state.wants_ack());
    of.map(|a| (picture.registry.alarm_key(a.id), Some(a.seq))).collect()
}

/// Alarm floods of a period, of the last 30 days when nothing is said, newest first (the newest 1,000), and the time each
/// position was in flood.
#[utoipa::path(get, path = "/alarms/floods", tag = "alarms", params(Period),
    responses((status = 200, body = wire::Floods)))]
pub(crate) async fn floods(State(hub): State<Arc<Hub>>, Query(period): Query<Period>) -> Result<Json<wire::Floods>> {
    let mut fields = Fields::default();
    let (from, to) = period.span(hub.clock.now(), MONTH, &mut fields);
    fields.check()?;
    hub.store.caught_up().await;
    let mut found = hub.store.floods(from, to).await?;
    // what goes on has newer numbers on the board
    let picture = hub.view.load();
    for open in picture.board.floods.values().filter(|f| f.began.ms() < to) {
        found.retain(|f| (&f.position, f.began) != (&open.position, open.began));
        found.push((**open).clone());
    }
    found.sort_by_key(|f| std::cmp::Reverse(f.began));
    let time_in_flood = time_in_flood(&picture, &found, from, to);
    Ok(Json(wire::Floods { items: found.iter().map(flood).collect(), from_ms: from, to_ms: to, time_in_flood }))
}

fn time_in_flood(picture: &Picture, floods: &[Flood], from: i64, to: i64) -> Vec<wire::TimeInFlood> {
    let ms = |f: &Flood| f.ended.map_or(to, Ts::ms).min(to).saturating_sub(f.began.ms().max(from)).max(0);
    let of = |name: &str| floods.iter().filter(|f| *f.position == *name).map(ms).sum::<i64>();
    let positions = picture.registry.positions.iter();
    positions
        .map(|p| {
            let (total, whole) = (of(&p.name) as f64, to.saturating_sub(from) as f64);
            wire::TimeInFlood { position: p.name.to_string(), seconds: total / 1000.0, percent: 100.0 * total / whole }
        })
        .collect()
}

/// What waits for a second person, soonest to expire first.
#[utoipa::path(get, path = "/alarms/requests", tag = "alarms",
    responses((status = 200, body = wire::Page<wire::Alarm>)))]
pub(crate) async fn requests(State(hub): State<Arc<Hub>>) -> Json<wire::Page<wire::Alarm>> {
    let picture = hub.view.load();
    let mut waiting: Vec<_> = picture.board.alarms.values().filter(|a| a.request.is_some()).collect();
    waiting.sort_by_key(|a| a.request.as_ref().map(|r| r.expires));
    let items = waiting.into_iter().take(MOST).map(|a| picture.alarm(a)).collect();
    Json(wire::Page { items, next_cursor: None })
}
