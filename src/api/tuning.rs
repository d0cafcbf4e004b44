//! Settings of alarms changed while the hub runs, and how they differ from the site folder, which stays the truth.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use linepack_core::registry::{Priority, Rule};
use linepack_core::tune::Setting;
use linepack_core::{AlarmId, Command, Ts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Caller;
use super::alarms::find;
use super::input::{Body, Fields, Path, Query};
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::Role;
use crate::view::Picture;
use crate::wire::{self, Page, SettingValue};

/// Characters of a reason.
const REASON: usize = 500;

type Answer = Result<Json<wire::AlarmSettings>>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TakeBack {
    /// One setting; all that were changed when left out.
    setting: Option<String>,
    /// Why.
    reason: Option<String>,
}

/// Settings of an alarm: what the site folder says and what runs.
#[utoipa::path(get, path = "/alarms/{id}/settings", tag = "alarms", params(("id" = String, Path)),
    responses((status = 200, body = wire::AlarmSettings)))]
pub(crate) async fn get(State(hub): State<Arc<Hub>>, Path(id): Path<String>) -> Answer {
    let picture = hub.view.load();
    let alarm = find(&picture, &id)?;
    Ok(Json(settings(&picture, alarm)))
}

/// Change settings of an alarm: an engineer, or an operator within the bounds that the site allows. Journalled; the site
/// folder stays as it is.
#[utoipa::path(post, path = "/alarms/{id}/settings", tag = "alarms", params(("id" = String, Path)),
    request_body = wire::SettingsRequest,
    responses((status = 200, body = wire::AlarmSettings), (status = 422, body = wire::Problem)))]
pub(crate) async fn post(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::SettingsRequest>,
) -> Answer {
    let picture = hub.view.load();
    let alarm = find(&picture, &id)?;
    let body = body.read()?;
    let changes = changes(&body)?;
    for &(setting, value) in &changes {
        allowed(&caller, picture.registry.rule(alarm), setting, Some(value))?;
    }
    let (reason, until) = (body.reason.trim().into(), body.expires_ms.map(Ts));
    done(&hub, &picture, &caller, alarm, Command::Tune { alarm, settings: changes, reason, until }).await?;
    Ok(Json(settings(&hub.view.load(), alarm)))
}

/// Take changes back: what the site folder says holds again.
#[utoipa::path(delete, path = "/alarms/{id}/settings", tag = "alarms", params(("id" = String, Path), TakeBack),
    responses((status = 200, body = wire::AlarmSettings), (status = 409, body = wire::Problem)))]
pub(crate) async fn take_back(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<TakeBack>,
) -> Answer {
    let picture = hub.view.load();
    let alarm = find(&picture, &id)?;
    let wanted = asked.setting.filter(|s| !s.is_empty());
    let setting = match &wanted {
        Some(name) => Some(named(name).ok_or_else(|| Problem::field("setting", "is none of the alarm's settings"))?),
        None => None,
    };
    let reason = asked.reason.unwrap_or_default();
    let mut fields = Fields::default();
    fields.at_most("reason", &reason, REASON);
    fields.check()?;
    for ((_, changed), _) in picture.board.tuned.range((alarm, Setting::Limit)..=(alarm, Setting::Enabled)) {
        if setting.is_none_or(|s| s == *changed) {
            allowed(&caller, picture.registry.rule(alarm), *changed, None)?;
        }
    }
    done(&hub, &picture, &caller, alarm, Command::Untune { alarm, setting, reason: reason.into() }).await?;
    Ok(Json(settings(&hub.view.load(), alarm)))
}

async fn done(hub: &Hub, picture: &Picture, caller: &Caller, alarm: AlarmId, command: Command) -> Result<()> {
    let done = hub.command(picture, caller, command).await;
    done.map_err(|problem| problem.of_alarm(&hub.view.load().alarm_by_id(alarm)))?;
    // `linepack site diff` beside the hub reads the database
    hub.store.caught_up().await;
    Ok(())
}

/// What differs from the site folder: value there, value running, who, why, since and until when.
#[utoipa::path(get, path = "/site/drift", tag = "site", responses((status = 200, body = Page<wire::Drift>)))]
pub(crate) async fn drift(State(hub): State<Arc<Hub>>) -> Json<Page<wire::Drift>> {
    let picture = hub.view.load();
    let of = |t: &Arc<linepack_core::tune::Tuned>| wire::Drift {
        alarm: picture.registry.alarm_key(t.alarm),
        setting: name(t.setting).to_owned(),
        configured: value(t.setting, t.setting.read(picture.site.registry.rule(t.alarm))),
        running: value(t.setting, t.value),
        unit: if matches!(t.setting, Setting::Limit | Setting::Deadband) {
            unit(&picture, t.alarm)
        } else {
            String::new()
        },
        by: t.by.to_string(),
        reason: t.reason.to_string(),
        since_ms: t.since.ms(),
        until_ms: t.until.map(Ts::ms),
    };
    Json(Page { items: picture.board.tuned.values().map(of).collect(), next_cursor: None })
}

/// What a body asks for; what is wrong with it all at once.
fn changes(body: &wire::SettingsRequest) -> Result<Vec<(Setting, f64)>> {
    let mut fields = Fields::default();
    fields.text("reason", &body.reason, REASON);
    let mut all = Vec::new();
    all.extend(body.limit.map(|v| (Setting::Limit, v)));
    all.extend(body.deadband.map(|v| (Setting::Deadband, v)));
    all.extend(body.on_delay_s.map(|v| (Setting::OnDelay, (v * 1000.0).round())));
    all.extend(body.off_delay_s.map(|v| (Setting::OffDelay, (v * 1000.0).round())));
    if let Some(word) = &body.priority {
        match Priority::ALL.into_iter().find(|p| p.name() == word) {
            Some(p) => all.push((Setting::Priority, f64::from(p as u8))),
            None => fields.wrong("priority", "is none of critical, high, medium, low"),
        }
    }
    all.extend(body.enabled.map(|on| (Setting::Enabled, f64::from(u8::from(on)))));
    if all.is_empty() && body.priority.is_none() {
        fields
            .wrong("limit", "say what is to be changed: limit, deadband, on_delay_s, off_delay_s, priority or enabled");
    }
    fields.check()?;
    Ok(all)
}

/// Whether a caller may set (or, without a value, take back) it.
fn allowed(caller: &Caller, rule: &Rule, setting: Setting, to: Option<f64>) -> Result<()> {
    if caller.account.role >= Role::Engineer {
        return Ok(());
    }
    let bounds = rule.operator_may.as_ref().and_then(|may| may.bounds(setting));
    let Some((low, high)) = bounds else {
        return Err(Problem::forbidden(format!("only an engineer may change the {} of this alarm", name(setting))));
    };
    if to.is_some_and(|to| !(low..=high).contains(&to)) {
        let (low, high) = (setting.text(low), setting.text(high));
        return Err(Problem::forbidden(format!("an operator may set the {} from {low} to {high}", name(setting))));
    }
    Ok(())
}

/// The name on the wire.
fn name(setting: Setting) -> &'static str {
    match setting {
        Setting::OnDelay => "on_delay_s",
        Setting::OffDelay => "off_delay_s",
        other => other.name(),
    }
}

fn named(word: &str) -> Option<Setting> {
    Setting::ALL.into_iter().find(|s| name(*s) == word)
}

/// As the wire has it.
fn value(setting: Setting, value: f64) -> SettingValue {
    match setting {
        Setting::Limit | Setting::Deadband => SettingValue::Number(value),
        Setting::OnDelay | Setting::OffDelay => SettingValue::Number(value / 1000.0),
        Setting::Priority => SettingValue::Word(setting.text(value).replace('"', "")),
        Setting::Enabled => SettingValue::Flag(value != 0.0),
    }
}

fn unit(picture: &Picture, alarm: AlarmId) -> String {
    picture.alarm_by_id(alarm).unit
}

fn settings(picture: &Picture, alarm: AlarmId) -> wire::AlarmSettings {
    let (running, configured) = (picture.registry.rule(alarm), picture.site.registry.rule(alarm));
    let has = |s: &Setting| running.kind.has_limit() || !matches!(s, Setting::Limit | Setting::Deadband);
    let row = |setting: Setting| {
        let tuned = picture.board.tuned.get(&(alarm, setting));
        let seconds = |v: f64| if matches!(setting, Setting::OnDelay | Setting::OffDelay) { v / 1000.0 } else { v };
        let may = running.operator_may.as_ref().and_then(|may| may.bounds(setting));
        wire::AlarmSetting {
            setting: name(setting).to_owned(),
            configured: value(setting, setting.read(configured)),
            running: value(setting, setting.read(running)),
            operator_may: may.map(|(low, high)| [seconds(low), seconds(high)]),
            by: tuned.map(|t| t.by.to_string()),
            reason: tuned.map(|t| t.reason.to_string()),
            since_ms: tuned.map(|t| t.since.ms()),
            until_ms: tuned.and_then(|t| t.until).map(Ts::ms),
        }
    };
    wire::AlarmSettings {
        alarm: picture.registry.alarm_key(alarm),
        unit: unit(picture, alarm),
        settings: Setting::ALL.into_iter().filter(has).map(row).collect(),
    }
}
