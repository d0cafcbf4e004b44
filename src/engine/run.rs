//! The loop: one input at a time through the core, commands before data.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::{AssetId, Core, Input, Output, PointId, Registry, Sample};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::{Mail, Mails, Turn};
use crate::clock::Clock;
use crate::push::{Change, Feed};
use crate::site::Site;
use crate::view::Values;

/// How often timers (stale, delays, offers, clocks) are looked at.
const TICK: Duration = Duration::from_millis(100);

/// The owner of the core.
#[derive(Debug)]
pub struct Engine {
    core: Core,
    values: Arc<Values>,
    generation: u64,
    clock: Clock,
    feed: Feed,
    turns: mpsc::Sender<Turn>,
    /// One permit a sample on its way to the disk.
    room: Arc<Semaphore>,
    out: Output,
    refused: Option<Refused>,
}

/// Takes the samples that were not taken: in which registry, which, and why.
pub struct Refused(pub Box<RefusedSample>);

/// What is done with a sample that was not taken, and why it was not.
pub(super) type RefusedSample = dyn Fn(&Registry, &Sample, &str) + Send + Sync;

impl std::fmt::Debug for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Refused")
    }
}

impl Engine {
    /// `values` are the slots readers see. `turns`: bounded; full, the engine waits, and with it the field: a hub that
    /// cannot record alarms must not run ahead for ever.
    pub fn new(core: Core, values: Arc<Values>, clock: Clock, feed: Feed, turns: mpsc::Sender<Turn>) -> Self {
        let generation = core.registry().generation;
        let room = Arc::new(Semaphore::new(super::handle::SAMPLES as usize));
        Self { core, values, generation, clock, feed, turns, room, out: Output::default(), refused: None }
    }

    /// Who is told of samples that were not taken.
    pub fn refused_to(self, tell: Refused) -> Self {
        Self { refused: Some(tell), ..self }
    }

    /// Runs until the hub stops and the field's queue is empty, or the committer is gone.
    pub async fn run(mut self, mut data: Mails, mut commands: Mails, stop: CancellationToken) -> anyhow::Result<()> {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let mail = tokio::select! {
                biased;
                Some(mail) = commands.recv() => mail,
                _ = tick.tick() => Mail::input(Input::Tick),
                Some(mail) = data.recv() => mail,
                () = stop.cancelled(), if data.is_empty() && commands.is_empty() => {
                    // what detectors learned since it was stored last
                    self.step(Mail::input(Input::Save)).await;
                    return Ok(());
                }
            };
            if !self.step(mail).await {
                anyhow::bail!("the committer is gone");
            }
        }
    }

    /// One input through the core. False when nobody makes turns durable any more.
    async fn step(&mut self, mail: Mail) -> bool {
        if mail.generation.is_some_and(|g| g != self.generation) {
            // numbers of another registry would mean other things: refuse rather than change the wrong alarm
            metrics::counter!("linepack_engine_stale_inputs_total").increment(1);
            return true;
        }
        if let Some(question) = mail.question {
            let states = question.of.into_iter().filter_map(|alarm| self.core.model(alarm)).collect();
            // who asked may have gone away
            let _ = question.answer.send(states);
            return true;
        }
        let now = self.clock.now();
        let tick = matches!(mail.input, Input::Tick);
        self.out.clear();
        self.core.step(now, mail.input, &mut self.out);
        if let Some(site) = &mail.site {
            self.adopt(site);
        }
        for sample in &self.out.history {
            self.values.set(sample.point, self.core.value(sample.point));
        }
        for &(asset, offset) in &self.out.clocks {
            self.values.set_clock(asset, offset);
        }
        for (sample, why) in &self.out.refused {
            metrics::counter!("linepack_samples_refused_total", "by" => "time").increment(1);
            if let Some(Refused(tell)) = &self.refused {
                tell(self.core.registry(), sample, why);
            }
        }
        if self.out.lost_intervals > 0 {
            metrics::counter!("linepack_total_gaps_total").increment(self.out.lost_intervals);
        }
        if !self.out.changed.is_empty() {
            let changed = std::mem::take(&mut self.out.changed);
            for &point in &changed {
                self.values.set(point, self.core.value(point));
            }
            self.feed.send(Change::Values(changed));
        }
        let history = std::mem::take(&mut self.out.history);
        let room = if history.is_empty() { None } else { super::handle::room(&self.room, history.len()).await };
        let turn = Turn {
            registry: self.core.registry().clone(),
            events: std::mem::take(&mut self.out.events),
            dropped_alarms: std::mem::take(&mut self.out.dropped_alarms),
            operate: std::mem::take(&mut self.out.operate),
            history,
            moved: self.out.moved.drain(..).filter_map(|crew| self.core.crew(crew).cloned()).collect(),
            reply: self.out.reply.take(),
            durable: mail.durable,
            answer: mail.answer,
            site: mail.site.map(|site| (site, self.values.clone())),
            flush: tick,
            room,
        };
        turn.is_idle() || self.turns.send(turn).await.is_ok()
    }

    /// New slots for a new registry, filled with what the core kept.
    fn adopt(&mut self, site: &Site) {
        self.generation = site.registry.generation;
        let points = site.registry.points.len();
        let values = Values::new(&site.registry);
        for asset in (0..site.registry.assets.len()).filter_map(|a| u32::try_from(a).ok()).map(AssetId) {
            values.set_clock(asset, self.core.clock_offset(asset));
        }
        for point in (0..points).filter_map(|p| u32::try_from(p).ok()).map(PointId) {
            values.set(point, self.core.value(point));
        }
        self.values = Arc::new(values);
    }
}
