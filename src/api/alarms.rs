//! Alarms: the list of what needs a person, one alarm.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::alarm::{Alarm, State as AlarmState};
use linepack_core::registry::Priority;
use linepack_core::{AlarmId, Registry};
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Path, Query, or_empty};
use super::own::Scope;
use super::page::Paging;
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Caller, page};
use crate::view::Picture;
use crate::wire::{self, Page};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlarmsQuery {
    /// ISA-18.2 states, comma-separated; left out: all but `normal` and the hidden ones.
    state: Option<String>,
    /// `critical high medium low`, comma-separated.
    priority: Option<String>,
    /// Area of the asset.
    area: Option<String>,
    /// Operator positions, comma-separated.
    position: Option<String>,
    /// Class of the rule.
    class: Option<String>,
    /// Asset id; connection name for dead links.
    asset: Option<String>,
    /// Also shelved, suppressed and out of service.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<bool>)]
    hidden: Option<bool>,
}

/// Place in the list: worst priority first, newest first.
pub(crate) type Urgency = (Priority, i64, AlarmId);

/// Where an alarm stands in lists.
pub(crate) fn by_urgency(registry: &Registry, alarm: &Alarm) -> Urgency {
    (registry.rule(alarm.id).priority, alarm.raised.map_or(0, |t| -t.ms()), alarm.id)
}

/// Alarms, worst first, then newest.
#[utoipa::path(get, path = "/alarms", tag = "alarms", params(AlarmsQuery, Paging),
    responses((status = 200, body = Page<wire::Alarm>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<AlarmsQuery>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<wire::Alarm>>> {
    let picture = hub.view.load();
    let limit = paging.limit()?;
    let states = words(query.state.as_deref(), "state", AlarmState::from_name, &AlarmState::ALL.map(AlarmState::name))?;
    let priorities = words(
        query.priority.as_deref(),
        "priority",
        |w| Priority::ALL.into_iter().find(|p| p.name() == w),
        &Priority::ALL.map(Priority::name),
    )?;
    let after = paging.after()?.map(|key| place(&picture, &key)).transpose()?;
    let hidden = query.hidden.unwrap_or(false);
    let find_position = |name: &str| picture.registry.find_position(name);
    let known: Vec<&str> = picture.registry.positions.iter().map(|p| &*p.name).collect();
    let positions = words(query.position.as_deref(), "position", find_position, &known)?;
    let class = query.class.filter(|c| !c.is_empty());
    let (area, asset) = (query.area.filter(|a| !a.is_empty()), query.asset.filter(|a| !a.is_empty()));
    let wanted = |id: AlarmId, state: AlarmState| {
        let registry = &picture.registry;
        let of = registry.alarm_asset(id).map(|a| &registry.assets[a.index()]);
        let shown = match &states {
            Some(states) => states.contains(&state),
            None => state != AlarmState::Normal && (hidden || state.is_annunciated()),
        };
        shown
            && priorities.as_ref().is_none_or(|p| p.contains(&registry.rule(id).priority))
            && area.as_deref().is_none_or(|area| registry.alarm_area(id) == area)
            && class.as_deref().is_none_or(|class| *registry.rule(id).handling.class == *class)
            && positions.as_ref().is_none_or(|p| p.contains(&registry.position_of(id)))
            && asset.as_deref().is_none_or(|name| match of {
                Some(a) => *a.id == *name,
                None => registry.alarm_key(id).split(':').nth(1) == Some(name),
            })
    };
    let on_board = picture.board.alarms.values().filter(|a| wanted(a.id, a.state));
    let mut found: Vec<Urgency> = on_board.map(|a| by_urgency(&picture.registry, a)).collect();
    if states.as_ref().is_some_and(|s| s.contains(&AlarmState::Normal)) {
        let all = (0..u32::try_from(picture.registry.alarms.len()).unwrap_or(u32::MAX)).map(AlarmId);
        let normal = all.filter(|a| !picture.board.alarms.contains_key(a) && wanted(*a, AlarmState::Normal));
        found.extend(normal.map(|id| (picture.registry.rule(id).priority, 0, id)));
    }
    found.retain(|place| after.is_none_or(|after| *place > after));
    found.sort_unstable();
    let key =
        |(priority, raised, id): &Urgency| format!("{} {raised} {}", priority.name(), picture.registry.alarm_key(*id));
    Ok(Json(page::page(found, limit, key, |(_, _, id)| picture.alarm_by_id(*id))))
}

/// One alarm, whatever its state.
#[utoipa::path(get, path = "/alarms/{id}", tag = "alarms", params(("id" = String, Path)),
    responses((status = 200, body = wire::Alarm)))]
pub(crate) async fn one(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<wire::Alarm>> {
    let picture = hub.view.load();
    let scope = Scope::of(&caller, &picture)?;
    let alarm = find(&picture, &id)?;
    Scope::require(scope.alarm(&picture, alarm))?;
    Ok(Json(picture.alarm_by_id(alarm)))
}

pub(super) fn find(picture: &Picture, id: &str) -> Result<AlarmId> {
    picture.registry.find_alarm(id).ok_or_else(|| Problem::not_found("alarm", id))
}

fn place(picture: &Picture, key: &str) -> Result<Urgency> {
    let mut parts = key.splitn(3, ' ');
    let priority = parts.next().and_then(|w| Priority::ALL.into_iter().find(|p| p.name() == w));
    let raised = parts.next().and_then(|r| r.parse().ok());
    let alarm = parts.next().and_then(|id| picture.registry.find_alarm(id));
    priority.zip(raised).zip(alarm).map(|((p, r), a)| (p, r, a)).ok_or_else(page::bad)
}

/// A comma-separated list of known words; empty is none.
pub(crate) fn words<T>(
    text: Option<&str>,
    field: &str,
    parse: impl Fn(&str) -> Option<T>,
    known: &[&str],
) -> Result<Option<Vec<T>>> {
    let Some(text) = text.filter(|t| !t.trim().is_empty()) else { return Ok(None) };
    let read = |word: &str| {
        parse(word.trim())
            .ok_or_else(|| Problem::field(field, format!("`{}` is none of {}", word.trim(), known.join(", "))))
    };
    text.split(',').map(read).collect::<Result<Vec<T>>>().map(Some)
}
