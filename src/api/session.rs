//! Coming in, going out, who am I.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use linepack_core::Millis;

use super::input::{Body, Fields};
use super::problem::{Problem, Result};
use super::state::Hub;
use super::{Access, Caller};
use crate::store::{Account, Role};
use crate::wire;

/// A shift.
const SESSION: Millis = Millis::mins(12 * 60);
/// A crew's telephone must go on ringing.
const CREW_SESSION: Millis = Millis::mins(7 * 24 * 60);

/// Log in: sets the session cookie. Five failures at once, then one every 12 seconds, by user and address.
#[utoipa::path(post, path = "/login", tag = "session", request_body = wire::Login,
    responses((status = 200, body = wire::Me), (status = 429, body = wire::Problem)))]
pub(crate) async fn login(
    State(hub): State<Arc<Hub>>,
    extensions: Extensions,
    headers: HeaderMap,
    login: Body<wire::Login>,
) -> Result<impl IntoResponse> {
    let login = login.read()?;
    let mut fields = Fields::default();
    fields.text("user", &login.user, 64);
    fields.text("password", &login.password, 1024);
    fields.check()?;
    let (now, address) = (hub.clock.now(), hub.access.address(&headers, &extensions));
    hub.logins.take(&login.user, address, now).map_err(|wait| {
        metrics::counter!("linepack_logins_total", "result" => "limited").increment(1);
        let seconds = u32::try_from(wait.0.div_euclid(1000) + 1).unwrap_or(u32::MAX);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, format!("too many wrong passwords; try again in {seconds} s"))
            .retry_after(seconds)
    })?;
    let checked = hub.store.check_password(&login.user, &login.password).await;
    if !matches!(checked, Ok(None)) {
        hub.logins.give_back(&login.user, address);
    }
    let Some(account) = checked? else {
        metrics::counter!("linepack_logins_total", "result" => "wrong").increment(1);
        // the name is left out: people type passwords into the wrong field
        tracing::warn!(%address, "wrong user or password from {address}");
        return Err(Problem::unauthorized("wrong user or password"));
    };
    let lasts = if account.role == Role::Crew { CREW_SESSION } else { SESSION };
    let token = hub.store.create_session(&account.name, now, now + lasts).await?;
    metrics::counter!("linepack_logins_total", "result" => "ok").increment(1);
    Ok(([(header::SET_COOKIE, hub.access.cookie(&token.0, lasts))], Json(me_of(&account))))
}

/// Log out: ends the session and removes the cookie.
#[utoipa::path(post, path = "/logout", tag = "session", responses((status = 204)))]
pub(crate) async fn logout(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Result<impl IntoResponse> {
    let access: &Access = &hub.access;
    access.end_session(&headers).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, access.cookie("", Millis(0)))]))
}

/// Who I am.
#[utoipa::path(get, path = "/me", tag = "session", responses((status = 200, body = wire::Me)))]
pub(crate) async fn me(caller: Caller) -> Json<wire::Me> {
    Json(me_of(&caller.account))
}

fn me_of(account: &Account) -> wire::Me {
    wire::Me { user: account.name.clone(), role: account.role.name().to_owned(), crew: account.crew.clone() }
}
