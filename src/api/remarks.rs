//! What people say about an alarm: whose it is, comments.

use std::sync::Arc;

use axum::extract::State;
use linepack_core::alarm::Act;

use super::Caller;
use super::alarm_acts::{Answer, act};
use super::alarms::find;
use super::input::{Body, Fields, Path};
use super::state::Hub;
use crate::store::Role;
use crate::wire;

/// Characters of a comment.
const TEXT: usize = 1000;

/// Say who looks after it: an operator or higher; `to` null: nobody any more.
#[utoipa::path(post, path = "/alarms/{id}/assign", tag = "alarms", params(("id" = String, Path)),
    request_body = wire::AssignRequest,
    responses((status = 200, body = wire::Alarm), (status = 409, body = wire::Problem), (status = 422, body = wire::Problem)))]
pub(crate) async fn assign(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::AssignRequest>,
) -> Answer {
    find(&hub.view.load(), &id)?;
    let body = body.read()?;
    if let Some(to) = body.to.as_deref().filter(|to| *to != caller.account.name) {
        let known = hub.store.users().await?.iter().any(|u| u.name == to && u.role >= Role::Operator);
        let mut fields = Fields::default();
        if !known {
            fields.wrong("to", "is not the name of an operator");
        }
        fields.check()?;
    }
    act(&hub, &caller, &id, Act::Assign { to: body.to.map(Into::into) }, None).await
}

/// Say something about it; in the journal for good.
#[utoipa::path(post, path = "/alarms/{id}/comment", tag = "alarms", params(("id" = String, Path)),
    request_body = wire::CommentRequest,
    responses((status = 200, body = wire::Alarm), (status = 422, body = wire::Problem)))]
pub(crate) async fn comment(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<wire::CommentRequest>,
) -> Answer {
    find(&hub.view.load(), &id)?;
    let body = body.read()?;
    let mut fields = Fields::default();
    fields.text("text", &body.text, TEXT);
    fields.check()?;
    act(&hub, &caller, &id, Act::Comment { text: body.text.trim().into() }, None).await
}
