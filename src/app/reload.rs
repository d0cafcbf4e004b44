//! Reads the site folder anew: all or nothing, running alarms keep their state.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::api::{ReloadError, Reloader};
use crate::clock::Clock;
use crate::engine::EngineHandle;
use crate::ingest::Links;
use crate::notify::Notifiers;
use crate::site::{Site, difference};
use crate::store::Store;
use crate::view::View;
use crate::wire;

/// What a reload touches.
pub struct SiteReloader {
    pub(super) view: View,
    pub(super) engine: EngineHandle,
    pub(super) store: Store,
    pub(super) links: Links,
    pub(super) notifiers: Notifiers,
    pub(super) clock: Clock,
    /// One reload at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
}

impl Reloader for SiteReloader {
    fn reload(&self) -> BoxFuture<'_, Result<wire::SiteDifference, ReloadError>> {
        self.run().boxed()
    }
}

impl SiteReloader {
    async fn run(&self) -> Result<wire::SiteDifference, ReloadError> {
        let _turn = self.turn.lock().await;
        let old = self.view.load().site.clone();
        let (dir, now) = (old.dir.clone(), self.clock.now());
        let read = tokio::task::spawn_blocking(move || Site::load(&dir, now)).await;
        let (mut new, _) = read
            .map_err(|_| ReloadError::Failed("reading the site folder failed".into()))?
            .map_err(|problems| ReloadError::Invalid(problems.iter().map(ToString::to_string).collect()))?;
        let mut registry = (*new.registry).clone();
        registry.generation = old.registry.generation + 1;
        new.registry = Arc::new(registry);
        let new = Arc::new(new);

        // links are held meanwhile, so that no number of the old registry reaches the new one
        let apply = async {
            self.store.adopt(new.registry.clone()).await.map_err(|e| {
                tracing::warn!(
                    error = &e as &dyn std::error::Error,
                    "the database did not take the points of the new site"
                );
                "the database did not take the new points in time; nothing has changed, try again".to_owned()
            })?;
            self.engine.reload(new.clone()).await.map_err(|e| e.to_string())
        };
        self.links.reload(new.clone(), apply).await.map_err(ReloadError::Failed)?;
        self.notifiers.start();
        let d = difference(&old, &new);
        tracing::info!(added = d.added.len(), removed = d.removed.len(), changed = d.changed.len(), "site read anew");
        Ok(wire::SiteDifference { added: d.added, removed: d.removed, changed: d.changed })
    }
}
