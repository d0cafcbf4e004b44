//! The one task that turns changes into frames.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linepack_core::dispatch::CrewStatus;
use linepack_core::{AssetId, AssignmentNo, CrewId, Millis, PointId, Ts};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::delta::{self, Regular, Urgent};
use super::encode::Encoder;
use super::feed::{Change, FeedEnd};
use super::group::Group;
use super::interest::Rate;
use super::pace::Pace;
use super::shared::Shared;
use crate::view::BoardChange;

/// Changes taken before a flush.
const DRAIN: usize = 1_024;
/// For so long after a snapshot nothing is held back as "already sent": the snapshot may show a state
/// between two changes that look like none when they are taken together.
const SETTLE: Millis = Millis::secs(5);

/// Between two looks for groups nobody reads and snapshots nobody shares.
const TIDY: Duration = Duration::from_secs(1);

/// Reads the feed, composes frames, puts them into the groups' rings.
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
    sent: Sent,
    /// When to look next for what is not needed any more; none while nothing came or went.
    tidy_at: Option<Instant>,
}

/// Rate, and which share of its groups.
type Key = (Rate, u8);

/// Groups that get their values at the same moments.
#[derive(Debug)]
struct Class {
    groups: Vec<Arc<Group>>,
    pending: Regular,
    /// Not before.
    due: Instant,
}

/// What screens were last told, to hold back what does not change on them. Unknown at first.
#[derive(Debug)]
struct Sent {
    crews: HashMap<CrewId, (CrewStatus, Option<AssignmentNo>)>,
    worst: HashMap<AssetId, Option<crate::wire::Worst>>,
    /// Quality class by point.
    class: Vec<Option<&'static str>>,
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
            sent: Sent { crews: HashMap::new(), worst: HashMap::new(), class: vec![None; points] },
            tidy_at: None,
        }
    }

    /// Runs until the hub stops.
    pub(super) async fn run(mut self, mut feed: FeedEnd, stop: CancellationToken) -> anyhow::Result<()> {
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
                () = wait => {}
            }
            if feed.take_overflow() {
                tracing::warn!("screens are behind the engine: they get new snapshots");
                self.resync();
            }
            let now = Instant::now();
            self.flush(now);
            if self.tidy_at.is_some_and(|at| at <= now) {
                self.tidy();
            }
        }
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
            let class = picture.values.get(*point).quality.class();
            let known = self.sent.class.get_mut(point.index()).and_then(|known| known.replace(class));
            if known != Some(class) || !settled {
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
    }

    /// Goes over to the present registry and has all sessions join again.
    fn reload(&mut self) {
        let now = Instant::now();
        self.shared.end_groups();
        *self = Self::new(self.shared.clone(), now);
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
        let points = self.sent.class.len();
        self.sent = Sent { crews: HashMap::new(), worst: HashMap::new(), class: vec![None; points] };
    }

    /// Takes in groups that have come. One that comes later than this look gets what has changed till now with its
    /// snapshot, because the view is published before the change is fed.
    fn look_at_groups(&mut self) {
        let generation = self.shared.generation();
        if std::mem::replace(&mut self.generation, generation) == generation {
            return;
        }
        self.tidy_at.get_or_insert_with(|| Instant::now() + TIDY);
        let (registry, now) = (&self.encoder.picture().registry, self.pace.ready_at());
        for group in self.shared.fresh() {
            let rate = group.interest.rate;
            let share = u8::try_from(self.dealt % usize::from(rate.shares())).unwrap_or(0);
            self.dealt += 1;
            let class = self.classes.entry((rate, share)).or_insert_with(|| Class {
                groups: vec![],
                pending: Regular::new(registry),
                due: now + later(rate, share),
            });
            class.groups.push(group);
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

    /// When the next flush should be; none while nothing is pending.
    fn due(&self) -> Option<Instant> {
        let urgent = (!self.urgent.is_empty()).then(|| self.pace.ready_at());
        let classes =
            self.classes.iter().filter(|(_, class)| !class.pending.is_empty()).map(|(key, class)| match key {
                (Rate::Now, _) => self.pace.ready_at(),
                _ => class.due,
            });
        classes.chain(urgent).min()
    }

    /// Sends what is due.
    pub(super) fn flush(&mut self, now: Instant) {
        if self.due().is_none_or(|at| at > now) {
            return;
        }
        self.look_at_groups();
        let (picture, ts) = self.shared.load();
        if !Arc::ptr_eq(&picture.registry, &self.encoder.picture().registry) {
            self.reload();
            return;
        }
        self.encoder.begin(picture, ts);
        let at_once = self.pace.ready_at() <= now;
        let urgent = if at_once { std::mem::take(&mut self.urgent) } else { Urgent::default() };
        let urgent = self.sort_out(urgent);
        let mut sends = 0;
        for (&(rate, share), class) in &mut self.classes {
            let due = !class.pending.is_empty()
                && match rate {
                    Rate::Now => at_once,
                    Rate::PerSecond(_) => class.due <= now,
                };
            if !due && urgent.is_empty() {
                continue;
            }
            let regular = due.then_some(&class.pending);
            for group in &class.groups {
                let sent = send(&self.shared, &mut self.encoder, group, ts, &urgent, regular);
                if !urgent.is_empty() || rate == Rate::Now {
                    sends += sent;
                }
            }
            if due {
                class.pending.clear();
                let late = now.saturating_duration_since(class.due);
                // after a rest the shares are set apart anew
                let base = if late < rate.period() / 2 { class.due } else { now + later(rate, share) };
                class.due = base + rate.period();
            }
        }
        if at_once {
            self.pace.spend(now, sends);
        }
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
            let worst = picture.worst(asset);
            let known = self.sent.worst.insert(asset, worst.clone());
            if known != Some(worst) || !settled {
                urgent.assets.insert(asset);
            }
        }
        let (sent, classes) = (&mut self.sent, &mut self.classes);
        urgent.crews.retain(|&id| {
            let Some(crew) = picture.board.crews.get(&id) else { return false };
            let now = (crew.status, crew.assignment);
            let moved_only = sent.crews.insert(id, now) == Some(now) && settled;
            if moved_only {
                classes.values_mut().for_each(|class| class.pending.crews.mark(id.0));
            }
            !moved_only
        });
        urgent
    }
}

/// By how much a share comes later than the first.
fn later(rate: Rate, share: u8) -> Duration {
    rate.period() * u32::from(share) / u32::from(rate.shares())
}

/// Composes a group's frame and publishes it. Sockets it goes to.
fn send(
    shared: &Shared,
    encoder: &mut Encoder,
    group: &Group,
    ts: Ts,
    urgent: &Urgent,
    regular: Option<&Regular>,
) -> usize {
    let about = delta::select(group, urgent, regular);
    let mut state = group.lock();
    if about.is_empty() || state.unread() {
        return 0;
    }
    // A session may have joined with a newer picture than this flush began with.
    let (newest, _) = shared.load();
    if !Arc::ptr_eq(&newest.board, &encoder.picture().board) {
        if !Arc::ptr_eq(&newest.registry, &group.registry) {
            return 0;
        }
        encoder.take(newest);
    }
    let Some(body) = delta::write(group, &mut state.shown, encoder, &about) else { return 0 };
    group.publish(&mut state, ts, body, about);
    group.readers()
}
