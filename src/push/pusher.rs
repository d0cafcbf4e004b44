//! The one task that turns changes into frames.

mod class;
#[cfg(test)]
mod tests;
mod told;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linepack_core::registry::AlarmSource;
use linepack_core::{Millis, PointId, Ts};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::delta::{self, Regular, Urgent};
use super::encode::Encoder;
use super::feed::{Change, FeedEnd};
use super::group::Group;
use super::interest::Rate;
use super::names::same_numbers;
use super::pace::Pace;
use super::shared::Shared;
use super::sweep::{Outgoing, Sweep};
use crate::lifecycle::Tasks;
use crate::view::BoardChange;
use class::{Class, Key};
use told::Told;

/// Changes taken before a flush.
const DRAIN: usize = 1_024;
/// For so long after a snapshot nothing is held back as "already sent": the snapshot may show a state
/// between two changes that look like none when they are taken together.
const SETTLE: Millis = Millis::secs(5);

/// Sweeps of values by rate on their way at the same time: one is sent while the next is composed.
const SWEEPS: usize = 2;
/// Between two looks for groups nobody reads and snapshots nobody shares.
const TIDY: Duration = Duration::from_secs(1);

/// Reads the feed, composes frames, offers them to the screens of the groups.
#[derive(Debug)]
pub(super) struct Pusher {
    shared: Arc<Shared>,
    encoder: Encoder,
    generation: u64,
    urgent: Urgent,
    classes: HashMap<Key, Class>,
    /// Groups that have come so far; deals them out to the shares of their rate.
    dealt: usize,
    pace: Pace,
    told: Told,
    /// When to look next for what is not needed any more; none while nothing came or went.
    tidy_at: Option<Instant>,
    /// What is being sent.
    sweeps: Vec<Running>,
    /// A sweep has ended.
    swept: Arc<Notify>,
}

/// Frames on their way.
#[derive(Debug)]
struct Running {
    sweep: Sweep,
    began: Instant,
    at_once: bool,
}

/// What a flush made.
#[derive(Debug, Default)]
pub(super) struct Flushed {
    outgoing: Vec<Outgoing>,
    /// Alarms, and the screens that want everything at once.
    at_once: bool,
}

impl Pusher {
    pub(super) fn new(shared: Arc<Shared>, now: Instant) -> Self {
        let (picture, _) = shared.load();
        let names = shared.names(&picture.registry);
        let points = picture.registry.points.len();
        Self {
            shared,
            encoder: Encoder::new(picture, names),
            generation: 0,
            urgent: Urgent::default(),
            classes: HashMap::new(),
            dealt: 0,
            pace: Pace::new(now),
            told: Told::nothing(points),
            tidy_at: None,
            sweeps: vec![],
            swept: Arc::default(),
        }
    }

    /// Runs until the hub stops.
    pub(super) async fn run(mut self, mut feed: FeedEnd, tasks: Tasks) -> anyhow::Result<()> {
        let stop = tasks.stopping();
        loop {
            let due = self.due().into_iter().chain(self.tidy_at).min();
            let wait = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                change = feed.rx.recv() => match change {
                    Some(change) => {
                        self.absorb(change);
                        for _ in 1..DRAIN {
                            let Ok(change) = feed.rx.try_recv() else { break };
                            self.absorb(change);
                        }
                    }
                    None => return Ok(()),
                },
                () = self.swept.notified() => {}
                () = wait => {}
            }
            if feed.take_overflow() {
                tracing::warn!("screens are behind the engine: they get new snapshots");
                self.resync();
            }
            let now = Instant::now();
            self.look_at_sweeps(now);
            if let Some(Flushed { outgoing, at_once }) = self.flush(now) {
                let sweep = Sweep::start(outgoing, &tasks, &self.swept);
                self.sweeps.push(Running { sweep, began: now, at_once });
                self.look_at_sweeps(Instant::now());
            }
            if self.tidy_at.is_some_and(|at| at <= now) {
                self.tidy();
            }
        }
    }

    /// Notes which sweeps have ended.
    fn look_at_sweeps(&mut self, now: Instant) {
        let pace = &mut self.pace;
        self.sweeps.retain(|running| {
            let done = running.sweep.is_done();
            if done && running.at_once {
                pace.sent(now, now.saturating_duration_since(running.began));
            }
            !done
        });
    }

    /// Notes a change. The numbers in it may be of a registry that is gone: they only say where to look.
    pub(super) fn absorb(&mut self, change: Change) {
        self.look_at_groups();
        match change {
            Change::Values(points) => self.values(&points),
            Change::Board(change) => self.board(change),
            Change::Reloaded => self.reload(),
        }
    }

    fn values(&mut self, points: &[PointId]) {
        let picture = self.encoder.picture();
        let settled = self.shared.since_snapshot() > SETTLE;
        let mut assets = vec![];
        for point in points {
            if self.told.is_other_class(*point, picture.values.classes(*point)) || !settled {
                assets.extend(picture.registry.points.get(point.index()).map(|p| p.asset));
            }
        }
        points.iter().for_each(|point| self.encoder.forget(point.0));
        for class in self.classes.values_mut() {
            points.iter().for_each(|point| class.pending.points.mark(point.0));
            assets.iter().for_each(|asset| class.pending.assets.mark(asset.0));
        }
    }

    fn board(&mut self, change: BoardChange) {
        self.urgent.alarms.extend(change.alarms);
        self.urgent.incidents.extend(change.incidents);
        self.urgent.crews.extend(change.crews);
        self.urgent.commands.extend(change.commands);
        let registry = &self.encoder.picture().registry;
        self.urgent.points.extend(change.tuned.iter().filter_map(|id| match registry.alarms.get(id.index())?.source {
            AlarmSource::Point(point) => Some(point),
            _ => None,
        }));
        self.urgent.floods |= change.floods;
    }

    /// Goes over to the present registry and has all sessions join again.
    fn reload(&mut self) {
        let now = Instant::now();
        self.shared.end_groups();
        let (sweeps, swept) = (std::mem::take(&mut self.sweeps), self.swept.clone());
        *self = Self { sweeps, swept, ..Self::new(self.shared.clone(), now) };
    }

    /// Something was lost: every session gets a snapshot.
    pub(super) fn resync(&mut self) {
        self.look_at_groups();
        self.encoder.forget_all();
        self.urgent = Urgent::default();
        for class in self.classes.values_mut() {
            class.groups.iter().for_each(|group| group.resync());
            class.pending.clear();
        }
        self.told.forget();
    }

    /// Takes in groups that have come. One that comes later than this look gets what has changed till now with its
    /// snapshot, because the view is published before the change is fed.
    fn look_at_groups(&mut self) {
        let generation = self.shared.generation();
        if std::mem::replace(&mut self.generation, generation) == generation {
            return;
        }
        // a snapshot may have shown what was never told otherwise
        self.told.forget();
        self.tidy_at.get_or_insert_with(|| Instant::now() + TIDY);
        let (registry, now) = (&self.encoder.picture().registry, self.pace.ready_at());
        for group in self.shared.fresh() {
            let rate = group.interest.rate;
            let share = u8::try_from(self.dealt % usize::from(rate.shares())).unwrap_or(0);
            self.dealt += 1;
            let key = (rate, share);
            self.classes.entry(key).or_insert_with(|| Class::new(key, registry, now)).groups.push(group);
        }
    }

    /// Lets go of what nobody needs any more.
    pub(super) fn tidy(&mut self) {
        self.tidy_at = None;
        self.shared.tidy();
        for class in self.classes.values_mut() {
            class.groups.retain(|group| !group.is_forgotten());
        }
        self.classes.retain(|_, class| !class.groups.is_empty());
        let groups: usize = self.classes.values().map(|c| c.groups.len()).sum();
        metrics::gauge!("linepack_push_groups").set(groups as f64);
    }

    /// When the next flush should be; none while nothing is pending, or while enough is on its way.
    fn due(&self) -> Option<Instant> {
        let at_once = self.may_at_once() && (!self.urgent.is_empty() || self.pending(Rate::Now).next().is_some());
        let at_once = at_once.then(|| self.pace.ready_at());
        at_once.into_iter().chain(self.next_share().map(|(_, due)| due)).min()
    }

    /// Whether all that went at once has been sent.
    fn may_at_once(&self) -> bool {
        !self.sweeps.iter().any(|running| running.at_once)
    }

    /// Classes of a rate with something to send.
    fn pending(&self, rate: Rate) -> impl Iterator<Item = &Class> {
        self.classes
            .iter()
            .filter(move |((r, _), class)| *r == rate && !class.pending.is_empty())
            .map(|(_, class)| class)
    }

    /// Which share of which rate has waited longest; none while enough is on its way: then the time between two frames
    /// becomes longer for all of them evenly.
    fn next_share(&self) -> Option<(Key, Instant)> {
        let free = self.sweeps.iter().filter(|running| !running.at_once).count() < SWEEPS;
        let waiting = self.classes.iter().filter(|((rate, _), class)| *rate != Rate::Now && !class.pending.is_empty());
        waiting.map(|(&key, class)| (key, class.due)).min_by_key(|(_, due)| *due).filter(|_| free)
    }

    /// Composes what is due: what goes at once, and one share of one rate. None: nothing is.
    pub(super) fn flush(&mut self, now: Instant) -> Option<Flushed> {
        if self.due().is_none_or(|at| at > now) {
            return None;
        }
        self.look_at_groups();
        let (picture, ts) = self.shared.load();
        if !same_numbers(&picture.registry, &self.encoder.picture().registry) {
            self.reload();
            return None;
        }
        let board = picture.board.clone();
        self.encoder.begin(picture, ts);
        let share = self.next_share().filter(|(_, due)| *due <= now).map(|(key, _)| key);
        let at_once = self.may_at_once() && self.pace.ready_at() <= now;
        let urgent = if at_once { std::mem::take(&mut self.urgent) } else { Urgent::default() };
        let urgent = self.sort_out(urgent);
        let mut flushed = Flushed { outgoing: vec![], at_once: !urgent.is_empty() };
        for (&key, class) in &mut self.classes {
            let due = !class.pending.is_empty() && if key.0 == Rate::Now { at_once } else { share == Some(key) };
            if !due && urgent.is_empty() {
                continue;
            }
            flushed.at_once |= key.0 == Rate::Now;
            let regular = due.then_some(&class.pending);
            let composed = class
                .groups
                .iter()
                .filter_map(|group| compose(&self.shared, &mut self.encoder, group, ts, &urgent, regular));
            flushed.outgoing.extend(composed);
            if due {
                class.sent(key, now);
            }
        }
        if !Arc::ptr_eq(&board, &self.encoder.picture().board) {
            // frames told of a newer picture than what was noted
            self.told.forget_worst();
        }
        if flushed.at_once {
            self.pace.spend(now);
        }
        Some(flushed)
    }

    /// Leaves for the regular frames what need not go at once, adds the assets whose worst alarm changed.
    fn sort_out(&mut self, mut urgent: Urgent) -> Urgent {
        let picture = self.encoder.picture();
        let settled = self.shared.since_snapshot() > SETTLE;
        for asset in urgent
            .alarms
            .iter()
            .filter(|id| id.index() < picture.registry.alarms.len())
            .filter_map(|&id| picture.registry.alarm_asset(id))
        {
            if self.told.is_other_worst(asset, picture.worst(asset)) || !settled {
                urgent.assets.insert(asset);
            }
        }
        let (told, classes) = (&mut self.told, &mut self.classes);
        urgent.crews.retain(|&id| {
            let Some(crew) = picture.board.crews.get(&id) else { return false };
            let moved_only = !told.is_other_duty(id, (crew.status, crew.assignment)) && settled;
            if moved_only {
                classes.values_mut().for_each(|class| class.pending.crews.mark(id.0));
            }
            !moved_only
        });
        urgent
    }
}

/// Composes a group's frame and puts it into its ring.
fn compose(
    shared: &Shared,
    encoder: &mut Encoder,
    group: &Arc<Group>,
    ts: Ts,
    urgent: &Urgent,
    regular: Option<&Regular>,
) -> Option<Outgoing> {
    let about = delta::select(group, urgent, regular);
    if about.is_empty() {
        return None;
    }
    let mut state = group.lock();
    if state.unread() {
        return None;
    }
    // A session may have joined with a newer picture than this flush began with.
    let (newest, _) = shared.load();
    if !Arc::ptr_eq(&newest.board, &encoder.picture().board) {
        if !same_numbers(&newest.registry, &group.registry) {
            return None;
        }
        encoder.take(newest);
    }
    let body = delta::write(group, &mut state.shown, encoder, &about)?;
    let news = Group::publish(&mut state, ts, body, about);
    drop(state);
    Some(Outgoing { group: group.clone(), news, places: 0..group.size() })
}
