//! `GET /api/v1/live`: who may open a socket, and how.

use axum::Router;
use axum::extract::{FromRef, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::Push;
use super::brief::AlarmForm;
use super::interest::{Rate, Scope};
use super::session::{Encoding, Opening, Session, StillIn};
use super::upgrade::Upgrade;
use crate::api::{Access, Caller, Problem, origin_ok};
use crate::store::Role;

/// What the route needs.
#[derive(Clone, Debug)]
pub struct PushState {
    /// Live screens.
    pub push: Push,
    /// Who may come in.
    pub access: Access,
}

impl FromRef<PushState> for Access {
    fn from_ref(state: &PushState) -> Self {
        state.access.clone()
    }
}

/// `?rate=now&encoding=msgpack&alarms=brief`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct LiveQuery {
    /// `1` to `50` frames of values a second, or `now`. Default 4.
    #[serde(default)]
    pub rate: Option<String>,
    /// `json` (default) or `msgpack`.
    #[serde(default)]
    pub encoding: Option<String>,
    /// `whole` (default) or `brief`: without what is empty or asked for by itself; JSON only.
    #[serde(default)]
    pub alarms: Option<String>,
}

/// Serves `GET /api/v1/live`. Any account but `ingest`; a crew's sees its own crew and incidents.
pub fn route(state: PushState) -> Router {
    Router::new().route("/api/v1/live", get(live)).with_state(state)
}

async fn live(
    State(state): State<PushState>,
    caller: Caller,
    headers: axum::http::HeaderMap,
    Query(query): Query<LiveQuery>,
    upgrade: Result<Upgrade, Problem>,
) -> Response {
    if caller.account.role == Role::Ingest {
        return Problem::forbidden("a token of role ingest may send samples, not look").into_response();
    }
    if !origin_ok(&headers) {
        return Problem::forbidden("a page of another host may not open a socket here").into_response();
    }
    let crew = caller.only_crew().map(str::to_owned);
    let access = state.access.clone();
    let still_in = Box::new(move || {
        let (access, caller) = (access.clone(), caller.clone());
        Box::pin(async move { access.still(&caller).await }) as futures_util::future::BoxFuture<'static, bool>
    });
    match upgrade {
        Ok(upgrade) => state.push.upgrade(upgrade, &query, crew, still_in),
        Err(problem) => problem.into_response(),
    }
}

impl Push {
    /// Opens a socket for somebody who was let in. `crew`: sees this crew's own state only. `still_in` is asked
    /// every half a minute.
    pub fn upgrade(&self, upgrade: Upgrade, query: &LiveQuery, crew: Option<String>, still_in: StillIn) -> Response {
        let rate = match query.rate.as_deref().map(Rate::parse).transpose() {
            Ok(rate) => rate.unwrap_or_default(),
            Err(e) => return Problem::field("rate", e).into_response(),
        };
        let encoding = match query.encoding.as_deref() {
            None | Some("json") => Encoding::Json,
            Some("msgpack") => Encoding::MsgPack,
            Some(other) => {
                let detail = format!("encoding is `json` or `msgpack`, not `{other}`");
                return Problem::field("encoding", detail).into_response();
            }
        };
        let alarms = match (query.alarms.as_deref(), encoding) {
            (None | Some("whole"), _) => AlarmForm::Whole,
            (Some("brief"), Encoding::Json) => AlarmForm::Brief,
            (Some(other), _) => {
                let detail = format!("alarms are `whole`, or in JSON `brief`, not `{other}`");
                return Problem::field("alarms", detail).into_response();
            }
        };
        let scope = crew.map_or(Scope::All, Scope::Crew);
        let opening =
            Opening { rate, scope, encoding, alarms, still_in, limits: self.limits, stop: self.tasks.stopping() };
        let shared = self.shared.clone();
        upgrade.run(&self.tasks, move |socket, heard| Session::new(socket, &heard, opening, shared).run())
    }
}
