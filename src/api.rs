//! HTTP: every change is a request with a role, an audit row and a status code; every question is answered from the
//! published snapshot or the store. Never in the engine's way.
//!
//! One file a resource: handlers, queries, docs. `roles` is the table of who may what; `gate` applies it.

mod adoption;
mod alarm_acts;
mod alarm_many;
mod alarms;
mod assets;
mod assignments;
mod attempts;
mod audit;
pub mod caller;
mod commands;
mod crews;
mod demo;
mod docs;
mod entries;
mod gaps;
mod gate;
mod glob;
mod handover;
mod health;
mod history;
mod incident_commands;
mod incidents;
mod input;
mod journal;
mod kpi;
mod links;
mod metrics;
mod models;
mod network;
pub(crate) mod osmand;
mod own;
mod page;
mod pages;
mod period;
mod phone;
mod problem;
mod proposals;
mod ranking;
mod remarks;
mod reports;
mod rest;
pub mod roles;
mod samples;
mod session;
mod site;
mod state;
mod tuning;
mod values;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::decompression::RequestDecompressionLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use caller::{Access, Caller, origin_ok};
pub use metrics::{metrics_recorder, metrics_upkeep};
pub use problem::Problem;
pub use state::{ReloadError, Reloader, Scenarios, State};

use state::Hub;

/// Bytes of a body.
const BODY: usize = 1 << 20;
/// Bytes of a body of samples, unpacked.
const SAMPLES: usize = 16 << 20;

/// Every page and route of the hub but the websocket. Serve it with `into_make_service_with_connect_info::<SocketAddr>`.
pub fn router(state: State) -> Router {
    let (router, document) = routes().split_for_parts();
    let document = docs::with_roles(document);
    let page = docs::html(&serde_json::to_value(&document).unwrap_or_default());
    let hub = Hub::new(state, document.to_json().unwrap_or_default().into(), page.into());
    shell(
        router
            .route_layer(from_fn_with_state(hub.clone(), gate::gate))
            .fallback(pages::fallback)
            .layer(DefaultBodyLimit::max(BODY))
            .layer(from_fn(rest::drain))
            .with_state(hub),
    )
}

/// What every answer passes on its way out: no panic gets through, all are compressed and carry the headers. For
/// routes that stand beside [`router`], such as the websocket's.
pub fn shell(router: Router) -> Router {
    router
        .layer(CatchPanicLayer::custom(gate::panicked))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(map_response(gate::headers))
}

/// The API as OpenAPI 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    docs::with_roles(routes().split_for_parts().1)
}

/// The routes, like a page of contents.
fn routes() -> OpenApiRouter<Arc<Hub>> {
    // what is unpacked counts: a small body cannot become a large one
    let unpack = RequestDecompressionLayer::new();
    let samples = OpenApiRouter::new()
        .routes(routes!(samples::post))
        .layer(DefaultBodyLimit::max(SAMPLES))
        .layer(unpack)
        .layer(map_response(samples::packed));
    let v1 = OpenApiRouter::new()
        .routes(routes!(session::login))
        .routes(routes!(session::logout))
        .routes(routes!(session::me))
        .routes(routes!(site::get))
        .routes(routes!(site::reload))
        .routes(routes!(network::get))
        .routes(routes!(network::backdrop))
        .routes(routes!(assets::list))
        .routes(routes!(assets::one))
        .routes(routes!(values::one))
        .routes(routes!(values::list))
        .routes(routes!(entries::enter))
        .routes(routes!(entries::substitute))
        .routes(routes!(entries::unsubstitute))
        .routes(routes!(entries::list))
        .merge(samples)
        .routes(routes!(history::get))
        .routes(routes!(gaps::list))
        .routes(routes!(audit::list))
        .routes(routes!(alarms::list))
        .routes(routes!(journal::list))
        .routes(routes!(kpi::get))
        .routes(routes!(alarm_many::ack))
        .routes(routes!(alarm_many::floods))
        .routes(routes!(alarm_many::requests))
        .routes(routes!(alarms::one))
        .routes(routes!(alarm_acts::ack))
        .routes(routes!(alarm_acts::reset))
        .routes(routes!(alarm_acts::shelve))
        .routes(routes!(alarm_acts::unshelve))
        .routes(routes!(alarm_acts::suppress))
        .routes(routes!(alarm_acts::unsuppress))
        .routes(routes!(alarm_acts::out_of_service))
        .routes(routes!(alarm_acts::in_service))
        .routes(routes!(tuning::get, tuning::post, tuning::take_back))
        .routes(routes!(tuning::drift))
        .routes(routes!(proposals::get))
        .routes(routes!(reports::alarms))
        .routes(routes!(models::list))
        .routes(routes!(models::one))
        .routes(routes!(models::prediction_bands))
        .routes(routes!(models::freeze))
        .routes(routes!(models::unfreeze))
        .routes(routes!(models::reset))
        .routes(routes!(alarm_acts::confirm))
        .routes(routes!(alarm_acts::refuse))
        .routes(routes!(remarks::assign))
        .routes(routes!(remarks::comment))
        .routes(routes!(handover::positions))
        .routes(routes!(handover::standing))
        .routes(routes!(handover::list, handover::write))
        .routes(routes!(handover::take))
        .routes(routes!(handover::accept))
        .routes(routes!(handover::withdraw))
        .routes(routes!(incidents::list, incident_commands::create))
        .routes(routes!(incidents::one))
        .routes(routes!(incidents::candidates))
        .routes(routes!(incident_commands::dispatch))
        .routes(routes!(incident_commands::close))
        .routes(routes!(incident_commands::merge))
        .routes(routes!(incident_commands::note))
        .routes(routes!(assignments::list))
        .routes(routes!(assignments::one))
        .routes(routes!(assignments::accept))
        .routes(routes!(assignments::decline))
        .routes(routes!(assignments::en_route))
        .routes(routes!(assignments::on_scene))
        .routes(routes!(assignments::made_safe))
        .routes(routes!(assignments::restored))
        .routes(routes!(assignments::complete))
        .routes(routes!(crews::list))
        .routes(routes!(crews::nearest))
        .routes(routes!(crews::one))
        .routes(routes!(crews::position))
        .routes(routes!(crews::status))
        .routes(routes!(commands::list, commands::select))
        .routes(routes!(commands::one))
        .routes(routes!(commands::execute))
        .routes(routes!(commands::cancel))
        .routes(routes!(osmand::get, osmand::post))
        .routes(routes!(osmand::owntracks_post))
        .routes(routes!(links::list))
        .routes(routes!(links::dead_letters))
        .routes(routes!(adoption::list))
        .routes(routes!(links::dead_topics))
        .routes(routes!(demo::list))
        .routes(routes!(demo::start))
        .routes(routes!(docs::openapi));
    OpenApiRouter::with_openapi(docs::skeleton())
        .nest("/api/v1", v1)
        .routes(routes!(docs::page))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::get))
}
