//! What people do to an alarm: acknowledge, reset, hide, show again. Each is journalled with who, when and from where.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use linepack_core::alarm::{Act, HideKind};
use linepack_core::{AlarmId, Command, Millis, Reply};

use super::Caller;
use super::alarms::find;
use super::input::{Body, Fields, OptionalBody, Path};
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::store::Role;
use crate::view::Picture;
use crate::wire;

/// Characters of a reason.
const REASON: usize = 500;
/// Longest time anything is shelved; the site's own limits are below it.
const MINUTES: i64 = 366 * 24 * 60;

pub(super) type Answer = Result<(StatusCode, Json<wire::Alarm>)>;

/// A route an act that needs no reason: its words, its name, its path, what it does.
macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident $path:tt $act:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "alarms", params(("id" = String, Path)),
            request_body = Option<wire::AckRequest>,
            responses((status = 200, body = wire::Alarm), (status = 404, body = wire::Problem),
                (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
        pub(crate) async fn $name(
            State(hub): State<Arc<Hub>>,
            caller: Caller,
            Path(id): Path<String>,
            OptionalBody(body): OptionalBody<wire::AckRequest>,
        ) -> Answer {
            act(&hub, &caller, &id, $act, body.seq).await
        }
    )*};
}

/// A route an act that hides an alarm and says why.
macro_rules! hiding {
    ($($(#[$doc:meta])* $name:ident $path:tt $body:ident $act:ident;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "alarms", params(("id" = String, Path)),
            request_body = wire::$body,
            responses((status = 200, body = wire::Alarm), (status = 202, body = wire::Alarm),
                (status = 404, body = wire::Problem), (status = 409, body = wire::Problem),
                (status = 422, body = wire::Problem)))]
        pub(crate) async fn $name(
            State(hub): State<Arc<Hub>>,
            caller: Caller,
            Path(id): Path<String>,
            body: Body<wire::$body>,
        ) -> Answer {
            find(&hub.view.load(), &id)?;
            let body = body.read()?;
            let seq = body.seq;
            act(&hub, &caller, &id, $act(&hub, body)?, seq).await
        }
    )*};
}

plain! {
    /// Acknowledge. With `seq` in the body an alarm that has moved since it was looked at is not acknowledged.
    ack "/alarms/{id}/ack" Act::Acknowledge;
    /// Let go of a latched alarm that was acknowledged.
    reset "/alarms/{id}/reset" Act::Reset;
    /// Show a shelved alarm before its time is over.
    unshelve "/alarms/{id}/unshelve" Act::Show(HideKind::Shelved);
    /// Suppressed no more.
    unsuppress "/alarms/{id}/unsuppress" Act::Show(HideKind::Suppressed);
    /// Return to service.
    in_service "/alarms/{id}/in-service" Act::Show(HideKind::OutOfService);
    /// Confirm what another person asked for; it takes the role that hiding it so takes.
    confirm "/alarms/{id}/confirm" Act::Confirm;
    /// Refuse what another person asked for, or take back what one asked for oneself.
    refuse "/alarms/{id}/refuse" Act::Refuse;
}

hiding! {
    /// Hide for a time. It comes back by itself, annunciated anew if the condition is true then.
    shelve "/alarms/{id}/shelve" ShelveRequest shelving;
    /// Hide because the state of the plant explains it, until it is asked for again.
    suppress "/alarms/{id}/suppress" HideRequest suppressing;
    /// Take out of service for maintenance; the reason names the permit.
    out_of_service "/alarms/{id}/out-of-service" HideRequest taking_out;
}

fn shelving(hub: &Hub, body: wire::ShelveRequest) -> Result<Act> {
    let mut fields = Fields::default();
    fields.text("reason", &body.reason, REASON);
    if !(1..=MINUTES).contains(&body.minutes) {
        fields.wrong("minutes", format!("must be from 1 to {MINUTES}"));
    }
    fields.check()?;
    Ok(Act::Shelve { until: hub.clock.now() + Millis::mins(body.minutes), reason: body.reason.into() })
}

fn suppressing(_: &Hub, body: wire::HideRequest) -> Result<Act> {
    without_end(HideKind::Suppressed, body)
}

fn taking_out(_: &Hub, body: wire::HideRequest) -> Result<Act> {
    without_end(HideKind::OutOfService, body)
}

fn without_end(kind: HideKind, body: wire::HideRequest) -> Result<Act> {
    let mut fields = Fields::default();
    fields.text("reason", &body.reason, REASON);
    fields.check()?;
    Ok(Act::Hide { kind, reason: body.reason.into() })
}

/// What only an engineer may do, only an engineer may confirm.
fn may_decide(picture: &Picture, caller: &Caller, alarm: AlarmId) -> Result<()> {
    let asked = picture.board.alarms.get(&alarm).and_then(|a| a.request.as_ref());
    if asked.is_some_and(|r| r.kind != HideKind::Shelved) && caller.account.role < Role::Engineer {
        return Err(Problem::forbidden("this needs role engineer"));
    }
    Ok(())
}

/// Has it done. What an alarm does not allow is answered with how it is now.
pub(super) async fn act(hub: &Hub, caller: &Caller, id: &str, act: Act, seq: Option<u64>) -> Answer {
    let picture = hub.view.load();
    let alarm = find(&picture, id)?;
    if matches!(act, Act::Confirm | Act::Refuse) {
        may_decide(&picture, caller, alarm)?;
    }
    let hides = matches!(act, Act::Shelve { .. } | Act::Hide { .. });
    let done = hub.command(&picture, caller, Command::Alarm { alarm, act, seq }).await;
    match done.map_err(|problem| problem.of_alarm(&hub.view.load().alarm_by_id(alarm)))? {
        // another person must confirm first
        Reply::Alarm(after) if hides && after.request.as_ref().is_some_and(|r| *r.by == *caller.account.name) => {
            Ok((StatusCode::ACCEPTED, Json(picture.alarm(&after))))
        }
        Reply::Alarm(after) => Ok((StatusCode::OK, Json(picture.alarm(&after)))),
        _ => Ok((StatusCode::OK, Json(hub.view.load().alarm_by_id(alarm)))),
    }
}
