//! What handlers work with.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use futures_util::future::BoxFuture;
use linepack_core::{Input, Reply};
use metrics_exporter_prometheus::PrometheusHandle;

use super::attempts::Attempts;
use super::kpi::Tail;
use super::network::Drawings;
use super::problem::Result;
use super::{Access, Caller};
use crate::clock::Clock;
use crate::engine::EngineHandle;
use crate::ingest::{Adoption, DeadLetters, LinkStatus};
use crate::store::Store;
use crate::view::{Picture, View};
use crate::wire;

/// The parts of the hub that requests reach.
#[derive(Clone)]
pub struct State {
    /// What is now.
    pub view: View,
    /// Where changes go.
    pub engine: EngineHandle,
    /// What was.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Who may come in.
    pub access: Access,
    /// Input that could not be read.
    pub dead: DeadLetters,
    /// What the field speaks of and the site does not know.
    pub adoption: Adoption,
    /// Links to the field, as they are now.
    pub links: Arc<dyn Fn() -> Vec<LinkStatus> + Send + Sync>,
    /// Reads the site folder anew.
    pub reload: Arc<dyn Reloader>,
    /// The demo's scenarios; none outside the demo.
    pub scenarios: Option<Arc<dyn Scenarios>>,
    /// Figures for `GET /metrics`.
    pub metrics: PrometheusHandle,
}

/// Reads the site folder anew, all or nothing.
pub trait Reloader: Send + Sync {
    /// What is different now, or why everything stays as it was.
    fn reload(&self) -> BoxFuture<'_, std::result::Result<wire::SiteDifference, ReloadError>>;
}

/// Why the site stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// The folder is wrong: every error as `file:line:column: message`.
    #[error("{} errors in the site folder", .0.len())]
    Invalid(Vec<String>),
    /// It could not be taken over now.
    #[error("{0}")]
    Failed(String),
}

/// Things a newcomer can make happen.
pub trait Scenarios: Send + Sync {
    /// All there are.
    fn list(&self) -> Vec<wire::Scenario>;
    /// Starts one by its name; the error is for people.
    fn start(&self, name: &str) -> BoxFuture<'_, std::result::Result<String, String>>;
}

/// [`State`] with what only requests need.
pub(crate) struct Hub {
    parts: State,
    pub(crate) logins: Attempts,
    pub(crate) drawings: Drawings,
    pub(crate) tail: Tail,
    /// One replay of history at a time.
    pub(crate) replays: tokio::sync::Mutex<()>,
    /// The OpenAPI document, as JSON.
    pub(crate) openapi: Arc<str>,
    /// The same, for people.
    pub(crate) docs: Arc<str>,
}

impl Hub {
    pub(crate) fn new(parts: State, openapi: Arc<str>, docs: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            parts,
            logins: Attempts::default(),
            drawings: Drawings::default(),
            tail: Tail::default(),
            replays: tokio::sync::Mutex::default(),
            openapi,
            docs,
        })
    }

    /// Has the engine do something for a caller, with numbers that mean what they mean in `picture`.
    pub(crate) async fn ask(&self, picture: &Picture, input: Input) -> Result<Reply> {
        Ok(self.engine.ask(picture.registry.generation, input).await?)
    }

    /// Has the engine carry out a command of a caller.
    pub(crate) async fn command(
        &self,
        picture: &Picture,
        caller: &Caller,
        command: linepack_core::Command,
    ) -> Result<Reply> {
        self.ask(picture, Input::Command { command, actor: caller.actor() }).await
    }
}

impl Deref for Hub {
    type Target = State;
    fn deref(&self) -> &State {
        &self.parts
    }
}

impl FromRef<Arc<Hub>> for Access {
    fn from_ref(hub: &Arc<Hub>) -> Self {
        hub.access.clone()
    }
}
