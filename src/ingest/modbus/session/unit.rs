//! Up and down: of the connection, and of each unit behind it.

use tokio::time::Instant;

use super::{Session, Task, down};
use crate::ingest::feed::FeedError;
use crate::ingest::modbus::control::Phase;
use crate::ingest::write::WriteError;

impl Session<'_> {
    /// A connection is open: the link is up where it was before, else an answer must come first.
    pub(crate) async fn connected(&mut self) -> Result<(), FeedError> {
        if self.proven { self.up().await } else { Ok(()) }
    }

    /// The connection serves.
    pub(super) async fn up(&mut self) -> Result<(), FeedError> {
        if self.link.told == Some(false) {
            self.schedule.reconnected(self.start.elapsed());
        }
        self.proven = true;
        self.link.tell(&self.site, self.connection, true, "").await
    }

    /// There is no connection; writes do not wait for one.
    pub(crate) async fn down(&mut self, trouble: &str) -> Result<(), FeedError> {
        self.proven = false;
        self.link.status.error();
        for control in std::mem::take(&mut self.controls) {
            let outcome = match control.phase {
                Phase::Waiting(_) => down(trouble),
                Phase::Sent => WriteError::NoAnswer(trouble.to_owned()),
                Phase::Verify { .. } | Phase::Looking(_) => WriteError::Unverified { found: f64::NAN },
            };
            control.finish(Err(outcome));
        }
        self.link.tell(&self.site, self.connection, false, trouble).await
    }

    /// The connection is gone with these requests out.
    pub(crate) async fn gone(&mut self, tasks: impl Iterator<Item = Task>) -> Result<(), FeedError> {
        for task in tasks {
            self.unsent(task).await?;
        }
        Ok(())
    }

    /// A request went out as far as anybody knows, and no answer will come.
    pub(super) async fn unsent(&mut self, task: Task) -> Result<(), FeedError> {
        match task {
            Task::Poll { read, epoch } if epoch == self.epoch => self.poll_silent(read).await,
            Task::Poll { .. } => Ok(()),
            Task::Write(id) => {
                self.finish(id, Err(WriteError::NoAnswer("the connection broke".to_owned())));
                Ok(())
            }
            Task::Look(id) => {
                self.looked(id, f64::NAN, Instant::now());
                Ok(())
            }
        }
    }

    pub(super) async fn unit_answered(&mut self, unit: u8) -> Result<(), FeedError> {
        self.schedule.answered(unit);
        if self.holes.on_trial() {
            self.replan |= self.holes.alive(unit, &self.reads, self.start.elapsed());
        }
        // mostly no news
        match self.devices.set(unit, true) {
            Some(before) => self.tell_news(unit, true, before).await,
            None => Ok(()),
        }
    }

    pub(super) async fn unit_failed(&mut self, unit: u8) -> Result<(), FeedError> {
        if self.schedule.failed(unit, self.start.elapsed()) {
            self.tell_devices(unit, false).await?;
        }
        Ok(())
    }

    pub(super) async fn tell_devices(&mut self, unit: u8, up: bool) -> Result<(), FeedError> {
        match self.devices.set(unit, up) {
            Some(before) => self.tell_news(unit, up, before).await,
            None => Ok(()),
        }
    }

    async fn tell_news(&mut self, unit: u8, up: bool, before: Option<bool>) -> Result<(), FeedError> {
        self.devices.count(&self.link.status);
        if !up {
            tracing::warn!(connection = &*self.link.name, unit, "unit {unit} of {} does not answer", self.link.name);
        } else if before == Some(false) {
            tracing::info!(connection = &*self.link.name, unit, "unit {unit} of {} answers again", self.link.name);
        }
        for input in self.devices.inputs(unit, up) {
            self.feed(input).await?;
        }
        if self.devices.all_silent() {
            // a gateway that takes connections and hears nobody is as good as none: one alarm, not one a unit
            self.proven = false;
            self.link.tell(&self.site, self.connection, false, "connected, but no unit answers").await?;
        }
        Ok(())
    }
}
