//! What people do to an alarm: acknowledge, reset, hide, show again. Each is journalled with who, when and from where.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use linepack_core::alarm::{Act, HideKind};
use linepack_core::{Command, Millis, Reply};

use super::Caller;
use super::alarms::find;
use super::input::{Body, Fields, OptionalBody};
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::Role;
use crate::wire;

/// Characters of a reason.
const REASON: usize = 500;
/// Longest time anything is shelved; the site's own limits are below it.
const MINUTES: i64 = 366 * 24 * 60;

pub(super) type Answer = Result<(StatusCode, Json<wire::Alarm>)>;

/// Acknowledge. With `seq` in the body an alarm that has moved since it was looked at is not acknowledged.
#[utoipa::path(post, path = "/alarms/{id}/ack", tag = "alarms", params(("id" = String, Path)),
    request_body = Option<wire::AckRequest>,
    responses((status = 200, body = wire::Alarm), (status = 409, body = wire::Problem)))]
pub(crate) async fn ack(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<wire::AckRequest>,
) -> Answer {
    act(&hub, &caller, &id, Act::Acknowledge, body.seq).await
}

/// Let go of a latched alarm that was acknowledged.
#[utoipa::path(post, path = "/alarms/{id}/reset", tag = "alarms", params(("id" = String, Path)),
    request_body = Option<wire::AckRequest>,
    responses((status = 200, body = wire::Alarm), (status = 409, body = wire::Problem)))]
pub(crate) async fn reset(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<wire::AckRequest>,
) -> Answer {
    act(&hub, &caller, &id, Act::Reset, body.seq).await
}

/// Hide for a time. It comes back by itself, annunciated anew if the condition is true then.
#[utoipa::path(post, path = "/alarms/{id}/shelve", tag = "alarms", params(("id" = String, Path)),
    request_body = wire::ShelveRequest,
    responses((status = 200, body = wire::Alarm), (status = 202, body = wire::Alarm), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn shelve(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::ShelveRequest>,
) -> Answer {
    find(&hub.view.load(), &id)?;
    let body = body.read()?;
    let mut fields = reason(&body.reason);
    if !(1..=MINUTES).contains(&body.minutes) {
        fields.wrong("minutes", format!("must be from 1 to {MINUTES}"));
    }
    fields.check()?;
    let until = hub.clock.now() + Millis::mins(body.minutes);
    act(&hub, &caller, &id, Act::Shelve { until, reason: body.reason.into() }, body.seq).await
}

/// Show a shelved alarm before its time is over.
#[utoipa::path(post, path = "/alarms/{id}/unshelve", tag = "alarms", params(("id" = String, Path)),
    request_body = Option<wire::AckRequest>,
    responses((status = 200, body = wire::Alarm), (status = 409, body = wire::Problem)))]
pub(crate) async fn unshelve(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<wire::AckRequest>,
) -> Answer {
    act(&hub, &caller, &id, Act::Show(HideKind::Shelved), body.seq).await
}

/// Hide because the state of the plant explains it, until it is asked for again.
#[utoipa::path(post, path = "/alarms/{id}/suppress", tag = "alarms", params(("id" = String, Path)),
    request_body = wire::HideRequest,
    responses((status = 200, body = wire::Alarm), (status = 202, body = wire::Alarm), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn suppress(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::HideRequest>,
) -> Answer {
    hide(&hub, &caller, &id, HideKind::Suppressed, body).await
}

/// Suppressed no more.
#[utoipa::path(post, path = "/alarms/{id}/unsuppress", tag = "alarms", params(("id" = String, Path)),
    request_body = Option<wire::AckRequest>,
    responses((status = 200, body = wire::Alarm), (status = 409, body = wire::Problem)))]
pub(crate) async fn unsuppress(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<wire::AckRequest>,
) -> Answer {
    act(&hub, &caller, &id, Act::Show(HideKind::Suppressed), body.seq).await
}

/// Take out of service for maintenance; the reason names the permit.
#[utoipa::path(post, path = "/alarms/{id}/out-of-service", tag = "alarms", params(("id" = String, Path)),
    request_body = wire::HideRequest,
    responses((status = 200, body = wire::Alarm), (status = 202, body = wire::Alarm), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn out_of_service(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::HideRequest>,
) -> Answer {
    hide(&hub, &caller, &id, HideKind::OutOfService, body).await
}

/// Return to service.
#[utoipa::path(post, path = "/alarms/{id}/in-service", tag = "alarms", params(("id" = String, Path)),
    request_body = Option<wire::AckRequest>,
    responses((status = 200, body = wire::Alarm), (status = 409, body = wire::Problem)))]
pub(crate) async fn in_service(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<wire::AckRequest>,
) -> Answer {
    act(&hub, &caller, &id, Act::Show(HideKind::OutOfService), body.seq).await
}

/// Confirm what another person asked for; it takes the role that hiding it so takes.
#[utoipa::path(post, path = "/alarms/{id}/confirm", tag = "alarms", params(("id" = String, Path)),
    request_body = Option<wire::AckRequest>,
    responses((status = 200, body = wire::Alarm), (status = 403, body = wire::Problem), (status = 409, body = wire::Problem)))]
pub(crate) async fn confirm(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<wire::AckRequest>,
) -> Answer {
    may_decide(&hub, &caller, &id)?;
    act(&hub, &caller, &id, Act::Confirm, body.seq).await
}

/// Refuse what another person asked for, or take back what one asked for oneself.
#[utoipa::path(post, path = "/alarms/{id}/refuse", tag = "alarms", params(("id" = String, Path)),
    request_body = Option<wire::AckRequest>,
    responses((status = 200, body = wire::Alarm), (status = 403, body = wire::Problem), (status = 409, body = wire::Problem)))]
pub(crate) async fn refuse(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<wire::AckRequest>,
) -> Answer {
    may_decide(&hub, &caller, &id)?;
    act(&hub, &caller, &id, Act::Refuse, body.seq).await
}

/// What only an engineer may do, only an engineer may confirm.
fn may_decide(hub: &Hub, caller: &Caller, id: &str) -> Result<()> {
    let picture = hub.view.load();
    let alarm = find(&picture, id)?;
    let asked = picture.board.alarms.get(&alarm).and_then(|a| a.request.as_ref());
    if asked.is_some_and(|r| r.kind != HideKind::Shelved) && caller.account.role < Role::Engineer {
        return Err(Problem::forbidden("this needs role engineer"));
    }
    Ok(())
}

async fn hide(hub: &Hub, caller: &Caller, id: &str, kind: HideKind, body: Body<wire::HideRequest>) -> Answer {
    find(&hub.view.load(), id)?;
    let body = body.read()?;
    reason(&body.reason).check()?;
    act(hub, caller, id, Act::Hide { kind, reason: body.reason.into() }, body.seq).await
}

fn reason(text: &str) -> Fields {
    let mut fields = Fields::default();
    fields.text("reason", text, REASON);
    fields
}

pub(super) async fn act(hub: &Hub, caller: &Caller, id: &str, act: Act, seq: Option<u64>) -> Answer {
    let picture = hub.view.load();
    let alarm = find(&picture, id)?;
    let hides = matches!(act, Act::Shelve { .. } | Act::Hide { .. });
    match hub.command(&picture, caller, Command::Alarm { alarm, act, seq }).await? {
        // another person must confirm first
        Reply::Alarm(after) if hides && after.request.as_ref().is_some_and(|r| *r.by == *caller.account.name) => {
            Ok((StatusCode::ACCEPTED, Json(picture.alarm(&after))))
        }
        Reply::Alarm(after) => Ok((StatusCode::OK, Json(picture.alarm(&after)))),
        _ => Ok((StatusCode::OK, Json(hub.view.load().alarm_by_id(alarm)))),
    }
}
