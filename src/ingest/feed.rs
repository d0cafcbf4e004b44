//! From the links into the engine, in step with reloads: registry numbers change with a reload, so what a link made with
//! an old site must not reach a core that already has the new one. The engine would refuse it by its generation; here it
//! is kept from getting lost.

use std::sync::Arc;

use linepack_core::{Input, Sample};
use tokio::sync::{OwnedSemaphorePermit, RwLock, RwLockReadGuard, Semaphore, oneshot};

use crate::engine::{Closed, EngineHandle, Mail, Sender};
use crate::site::Site;

/// Inputs of one link that may wait for the engine; full: that link waits, and the others find the queue short.
const SHARE: usize = 16;

/// Why nothing was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FeedError {
    /// The hub stops.
    Closed,
    /// The inputs were made with an older site.
    Outdated,
}

impl From<Closed> for FeedError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// A link's way to the engine; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    engine: EngineHandle,
    /// The site the engine works with. Held for reading while inputs go in, for writing during a reload.
    site: Arc<RwLock<Arc<Site>>>,
    share: Arc<Semaphore>,
    /// What it has gathered with others' samples and the engine has not taken.
    waiting: Sender,
}

impl Feed {
    pub(crate) fn new(engine: EngineHandle, site: Arc<Site>) -> Self {
        engine.gather_for(Some(site.registry.generation));
        let waiting = engine.sender();
        Self { engine, site: Arc::new(RwLock::new(site)), share: Arc::new(Semaphore::new(SHARE)), waiting }
    }

    /// The same way with a share of its own.
    pub(crate) fn of_link(&self) -> Self {
        Self { share: Arc::new(Semaphore::new(SHARE)), waiting: self.engine.sender(), ..self.clone() }
    }

    /// Hands over the samples that `fill` adds to a list, made with `site`; waits while the engine is behind.
    pub(crate) async fn samples(&mut self, site: &Arc<Site>, fill: impl Fn(&mut Vec<Sample>)) -> Result<(), FeedError> {
        if self.gather(site, &fill) {
            return Ok(());
        }
        let mut samples = Vec::new();
        fill(&mut samples);
        self.feed(site, Input::Samples(samples)).await
    }

    /// The same if it can be done at once. False: `fill` was not called.
    #[inline]
    pub(crate) fn gather(&mut self, site: &Arc<Site>, fill: impl FnOnce(&mut Vec<Sample>)) -> bool {
        self.engine.gather(site.registry.generation, &mut self.waiting, fill)
    }

    /// Hands over an input made with `site`; waits while the engine is behind.
    pub(crate) async fn feed(&self, site: &Arc<Site>, input: Input) -> Result<(), FeedError> {
        let entry = self.enter().await;
        if !entry.is_of(site) {
            return Err(FeedError::Outdated);
        }
        entry.hand_over(input, None).await?;
        self.engine.gather_behind(self.waiting);
        Ok(())
    }

    /// Keeps reloads out while something is read and handed over.
    pub(crate) async fn enter(&self) -> Entry<'_> {
        Entry { engine: &self.engine, share: &self.share, site: self.site.read().await }
    }

    /// Holds all links, waits until the engine has worked off what they sent, runs `apply` (which gives the engine the
    /// new site) and lets them go on with it. If `apply` fails, nothing has changed.
    pub(crate) async fn reload<T, E>(
        &self,
        site: &Arc<Site>,
        apply: impl Future<Output = Result<T, E>>,
        announce: impl FnOnce(),
    ) -> Result<T, E> {
        let mut present = self.site.write().await;
        self.engine.gather_for(None);
        if let Ok(told) = self.engine.feed_durable(present.registry.generation, Input::Tick).await {
            // An engine that ends drops the sender: then `apply` says so.
            let _ = told.await;
        }
        let done = apply.await;
        if done.is_ok() {
            *present = site.clone();
            announce();
        }
        self.engine.gather_for(Some(present.registry.generation));
        done
    }
}

/// The way into the engine while no reload can come between.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    engine: &'a EngineHandle,
    share: &'a Arc<Semaphore>,
    site: RwLockReadGuard<'a, Arc<Site>>,
}

impl Entry<'_> {
    /// Whether the engine works with this site.
    pub(crate) fn is_of(&self, site: &Arc<Site>) -> bool {
        Arc::ptr_eq(&self.site, site)
    }

    /// Hands over inputs; waits while the engine is behind.
    pub(crate) async fn feed(&self, inputs: Vec<Input>) -> Result<(), FeedError> {
        for input in inputs {
            self.hand_over(input, None).await?;
        }
        Ok(())
    }

    /// The same; all receivers resolve when nothing of it can be lost any more.
    pub(crate) async fn feed_durable(&self, inputs: Vec<Input>) -> Result<Vec<oneshot::Receiver<()>>, FeedError> {
        let mut told = Vec::with_capacity(inputs.len());
        for input in inputs {
            let (durable, safe) = oneshot::channel();
            self.hand_over(input, Some(durable)).await?;
            told.push(safe);
        }
        Ok(told)
    }

    async fn hand_over(&self, input: Input, durable: Option<oneshot::Sender<()>>) -> Result<(), FeedError> {
        let share = self.share.clone().acquire_owned().await.map_err(|_| FeedError::Closed)?;
        let mut mail = mail(input, &self.site, share);
        mail.durable = durable;
        Ok(self.engine.send(mail).await?)
    }
}

fn mail(input: Input, site: &Site, share: OwnedSemaphorePermit) -> Mail {
    let mut mail = Mail::input(input);
    mail.generation = Some(site.registry.generation);
    mail.share = Some(share);
    mail
}
