//! The one task that turns changes into frames.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::dispatch::CrewStatus;
use linepack_core::{AssetId, AssignmentNo, CrewId, Millis, PointId};
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

/// Reads the feed, composes frames, puts them into the groups' rings.
#[derive(Debug)]
pub(super) struct Pusher {
    shared: Arc<Shared>,
    encoder: Encoder,
    groups: Vec<Arc<Group>>,
    generation: u64,
    urgent: Urgent,
    rates: HashMap<Rate, Class>,
    pace: Pace,
    sent: Sent,
}

/// The groups of one rate.
#[derive(Debug)]
struct Class {
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
            groups: vec![],
            generation: 0,
            urgent: Urgent::default(),
            rates: HashMap::new(),
            pace: Pace::new(now),
            sent: Sent { crews: HashMap::new(), worst: HashMap::new(), class: vec![None; points] },
        }
    }

    /// Runs until the hub stops.
    pub(super) async fn run(mut self, mut feed: FeedEnd, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            let due = self.due();
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
            self.flush(Instant::now());
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
        for point in points {
            let class = picture.values.get(*point).quality.class();
            let known = self.sent.class.get_mut(point.index()).and_then(|known| known.replace(class));
            let asset = (known != Some(class) || !settled)
                .then(|| picture.registry.points.get(point.index()).map(|p| p.asset))
                .flatten();
            for rate in self.rates.values_mut() {
                rate.pending.points.mark(point.0);
                asset.into_iter().for_each(|a| rate.pending.assets.mark(a.0));
            }
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
        self.groups.iter().for_each(|group| group.resync());
        self.urgent = Urgent::default();
        self.rates.values_mut().for_each(|rate| rate.pending.clear());
        let points = self.sent.class.len();
        self.sent = Sent { crews: HashMap::new(), worst: HashMap::new(), class: vec![None; points] };
    }

    /// Follows the coming and going of groups. A group that comes later than this look gets what has changed till
    /// now with its snapshot, because the view is published before the change is fed.
    fn look_at_groups(&mut self) {
        let generation = self.shared.generation();
        if std::mem::replace(&mut self.generation, generation) == generation {
            return;
        }
        self.groups = self.shared.groups();
        let groups = &self.groups;
        self.rates.retain(|rate, _| groups.iter().any(|g| g.interest.rate == *rate));
        let registry = &self.encoder.picture().registry;
        for group in groups {
            self.rates
                .entry(group.interest.rate)
                .or_insert_with(|| Class { pending: Regular::new(registry), due: self.pace.ready_at() });
        }
        metrics::gauge!("linepack_push_groups").set(groups.len() as f64);
    }

    /// When the next flush should be; none while nothing is pending.
    fn due(&self) -> Option<Instant> {
        let urgent = (!self.urgent.is_empty()).then(|| self.pace.ready_at());
        let rates = self.rates.iter().filter(|(_, class)| !class.pending.is_empty()).map(|(rate, class)| match rate {
            Rate::Now => self.pace.ready_at(),
            Rate::PerSecond(_) => class.due,
        });
        rates.chain(urgent).min()
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
        let due: Vec<Rate> = self
            .rates
            .iter()
            .filter(|(rate, class)| match rate {
                Rate::Now => at_once,
                Rate::PerSecond(_) => class.due <= now,
            })
            .filter(|(_, class)| !class.pending.is_empty())
            .map(|(rate, _)| *rate)
            .collect();
        let mut sends = 0;
        for group in &self.groups {
            let regular = due.contains(&group.interest.rate).then(|| self.rates.get(&group.interest.rate)).flatten();
            if regular.is_none() && urgent.is_empty() {
                continue;
            }
            let mut state = group.lock();
            // A session may have joined with a newer picture than this flush began with.
            let (newest, _) = self.shared.load();
            if !Arc::ptr_eq(&newest.board, &self.encoder.picture().board) {
                if !Arc::ptr_eq(&newest.registry, &group.registry) {
                    continue;
                }
                self.encoder.take(newest);
            }
            let body = delta::compose(group, &mut state, &mut self.encoder, Some(&urgent), regular.map(|c| &c.pending));
            if let Some(body) = body {
                group.publish(&mut state, ts, body);
                sends += group.readers();
            }
        }
        for rate in due {
            if let Some(class) = self.rates.get_mut(&rate) {
                class.pending.clear();
                class.due = now + rate.period();
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
        let (sent, rates) = (&mut self.sent, &mut self.rates);
        urgent.crews.retain(|&id| {
            let Some(crew) = picture.board.crews.get(&id) else { return false };
            let now = (crew.status, crew.assignment);
            let moved_only = sent.crews.insert(id, now) == Some(now) && settled;
            if moved_only {
                rates.values_mut().for_each(|class| class.pending.crews.mark(id.0));
            }
            !moved_only
        });
        urgent
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use linepack_core::alarm::State as AlarmState;
    use linepack_core::{AlarmId, Current, LonLat, Quality, Reason, Ts};
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::super::fixture;
    use super::super::group::{News, Reader};
    use super::super::interest::{Interest, Scope};
    use super::*;
    use crate::clock::Clock;
    use crate::view::{Board, Picture, View};
    use crate::wire::ServerMessage;

    const ASSETS: u32 = 6;

    /// A hub without sockets: a view that is changed, a pusher that is told, screens that read.
    struct Hub {
        view: View,
        shared: Arc<Shared>,
        pusher: Pusher,
        now: Instant,
        clock: Arc<AtomicI64>,
        untold: Vec<Change>,
    }

    impl Hub {
        fn new() -> Self {
            let view = View::new(fixture::picture(ASSETS));
            let clock = Arc::new(AtomicI64::new(1_732_233_600_000));
            let shared = Arc::new(Shared::new(view.clone(), Clock::Fixed(clock.clone())));
            let now = Instant::now();
            Self { view, pusher: Pusher::new(shared.clone(), now), shared, now, clock, untold: vec![] }
        }

        fn publish(&mut self, edit: impl FnOnce(&mut Board, &mut BoardChange)) {
            let before = self.view.load();
            let mut board = Board::clone(&before.board);
            let mut change = BoardChange::default();
            edit(&mut board, &mut change);
            board.version += 1;
            let (site, registry, values) = (before.site.clone(), before.registry.clone(), before.values.clone());
            self.view.store(Picture { site, registry, values, board: Arc::new(board) });
            self.untold.push(Change::Board(change));
        }

        fn alarm(&mut self, n: u32, state: AlarmState) {
            let registry = self.view.load().registry.clone();
            let event = linepack_core::Event::Alarm { alarm: fixture::alarm(n, state), transition: None };
            self.publish(|board, change| {
                board.apply(&registry, &event, change);
                change.alarms.push(AlarmId(n));
            });
        }

        fn crew(&mut self, n: u32, lon: f64) {
            self.publish(|board, change| {
                board.crews.insert(CrewId(n), Arc::new(fixture::crew(n, LonLat::new(lon, 29.5))));
                change.crews.push(CrewId(n));
            });
        }

        fn value(&mut self, point: u32, value: f64, quality: Quality) {
            let now = Current { value, quality, ts: Ts(7), received: Ts(7) };
            self.view.load().values.set(PointId(point), now);
            self.untold.push(Change::Values(vec![PointId(point)]));
        }

        /// The feed comes through.
        fn tell(&mut self) {
            for change in std::mem::take(&mut self.untold) {
                self.pusher.absorb(change);
            }
        }

        /// Everything is told and sent.
        fn settle(&mut self) {
            self.tell();
            for _ in 0..3 {
                self.now += Duration::from_secs(1);
                self.clock.fetch_add(1_000, Ordering::AcqRel);
                self.pusher.flush(self.now);
            }
            assert_eq!(self.pusher.due(), None);
        }
    }

    /// What a screen knows.
    struct Screen {
        interest: Interest,
        reader: Reader,
        things: BTreeMap<&'static str, BTreeMap<String, Json>>,
        snapshots: usize,
        frames: usize,
    }

    impl Screen {
        async fn open(hub: &Hub, subscribe: &str, rate: Rate) -> Self {
            let message = serde_json::from_str(subscribe).unwrap();
            let interest = Interest::new(message, rate, Scope::All).unwrap();
            let reader = hub.shared.join(interest.clone());
            let mut screen = Self { interest, reader, things: BTreeMap::new(), snapshots: 0, frames: 0 };
            screen.show(hub).await;
            screen
        }

        async fn show(&mut self, hub: &Hub) {
            let snapshot = loop {
                match hub.shared.snapshot(&self.reader.group).await {
                    Some(snapshot) => break snapshot,
                    None => self.reader = hub.shared.join(self.interest.clone()),
                }
            };
            self.reader.follow(&snapshot);
            self.things.clear();
            self.snapshots += 1;
            self.apply("snapshot", &snapshot.body);
        }

        async fn read(&mut self, hub: &Hub) {
            match self.reader.take() {
                News::Frames(frames) => {
                    self.frames += frames.len();
                    frames.iter().for_each(|f| self.apply("delta", &f.body));
                }
                News::Lagged | News::Ended => self.show(hub).await,
            }
        }

        fn apply(&mut self, kind: &str, body: &str) {
            let text = format!("{{\"type\":\"{kind}\",\"seq\":1,\"ts_ms\":0{body}");
            let _: ServerMessage = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            let json: Json = serde_json::from_str(&text).unwrap();
            for topic in ["alarms", "incidents", "crews", "assets", "values"] {
                let things = self.things.entry(topic).or_default();
                for thing in json[topic].as_array().into_iter().flatten() {
                    if topic == "values" && kind == "delta" {
                        things.insert(thing[0].as_str().unwrap().into(), thing.as_array().unwrap()[1..].into());
                    } else if topic == "values" {
                        let value =
                            Json::from(vec![thing["value"].clone(), thing["quality"].clone(), thing["ts_ms"].clone()]);
                        things.insert(thing["point"].as_str().unwrap().into(), value);
                    } else {
                        things.insert(thing["id"].as_str().unwrap().into(), thing.clone());
                    }
                }
                for id in json["removed"][topic].as_array().into_iter().flatten() {
                    things.remove(id.as_str().unwrap());
                }
            }
        }
    }

    const EVERYTHING: &str = r#"{"type":"subscribe","topics":["alarms","incidents","crews","assets"],"viewport":[106.0,29.4,106.29,29.6],"points":["rs-1/*","*/pressure"]}"#;

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    #[derive(Clone, Debug)]
    enum Act {
        Alarm(u32, AlarmState),
        Crew(u32, f64),
        Value(u32, f64, Quality),
        Tell,
        Flush,
        Pass(u64),
        Open(Rate),
        Read(usize),
        Overflow,
        Reload,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        use AlarmState::{Acknowledged, Normal, Unacknowledged};
        let state = prop::sample::select(vec![Normal, Unacknowledged, Acknowledged]);
        let quality = prop::sample::select(vec![
            Quality::Good,
            Quality::Bad(Reason::Stale),
            Quality::Uncertain(Reason::LastKnown),
        ]);
        let rate = prop::sample::select(vec![Rate::Now, Rate::PerSecond(4), Rate::PerSecond(50)]);
        let act = prop_oneof![
            6 => (0..ASSETS, state).prop_map(|(n, s)| Act::Alarm(n, s)),
            6 => (0..ASSETS, 105.9..106.8).prop_map(|(n, lon)| Act::Crew(n, lon)),
            6 => (0..ASSETS * 2, -1.0..1e3, quality).prop_map(|(p, v, q)| Act::Value(p, v, q)),
            4 => Just(Act::Tell),
            4 => Just(Act::Flush),
            2 => (0u64..6_000).prop_map(Act::Pass),
            2 => rate.prop_map(Act::Open),
            4 => (0usize..4).prop_map(Act::Read),
            1 => Just(Act::Overflow),
            1 => Just(Act::Reload),
        ];
        prop::collection::vec(act, 1..80)
    }

    proptest! {
        /// Whatever happens in whatever order: in the end each screen knows what a new one would be shown.
        #[test]
        fn snapshot_and_deltas_make_the_present_state(acts in acts()) {
            block_on(async {
                let mut hub = Hub::new();
                let mut screens = vec![Screen::open(&hub, EVERYTHING, Rate::default()).await];
                for act in acts {
                    match act {
                        Act::Alarm(n, state) => hub.alarm(n, state),
                        Act::Crew(n, lon) => hub.crew(n, lon),
                        Act::Value(p, v, q) => hub.value(p, v, q),
                        Act::Tell => hub.tell(),
                        Act::Flush => hub.pusher.flush(hub.now),
                        Act::Pass(ms) => {
                            hub.now += Duration::from_millis(ms);
                            hub.clock.fetch_add(ms.cast_signed(), Ordering::AcqRel);
                        }
                        Act::Open(rate) => screens.push(Screen::open(&hub, EVERYTHING, rate).await),
                        Act::Read(n) => if let Some(screen) = screens.get_mut(n) { screen.read(&hub).await },
                        Act::Overflow => {
                            hub.untold.clear();
                            hub.pusher.resync();
                        }
                        Act::Reload => {
                            let mut fresh = fixture::picture(ASSETS);
                            fresh.board = hub.view.load().board.clone();
                            hub.view.store(fresh);
                            hub.untold.push(Change::Reloaded);
                        }
                    }
                }
                hub.settle();
                let fresh = Screen::open(&hub, EVERYTHING, Rate::PerSecond(7)).await;
                for mut screen in screens {
                    screen.read(&hub).await;
                    prop_assert_eq!(&screen.things, &fresh.things);
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn screens_with_the_same_interest_share_their_frames() {
        block_on(async {
            let mut hub = Hub::new();
            let mut a = Screen::open(&hub, EVERYTHING, Rate::Now).await;
            let mut b = Screen::open(&hub, EVERYTHING, Rate::Now).await;
            assert!(Arc::ptr_eq(&a.reader.group, &b.reader.group));
            hub.value(0, 5.0, Quality::Good);
            hub.settle();
            let (News::Frames(of_a), News::Frames(of_b)) = (a.reader.take(), b.reader.take()) else {
                panic!("nobody is behind")
            };
            assert_eq!(of_a.len(), 1);
            assert!(Arc::ptr_eq(&of_a[0], &of_b[0]));
        });
    }

    #[test]
    fn values_wait_for_their_rate_and_alarms_do_not() {
        block_on(async {
            let mut hub = Hub::new();
            let mut screen = Screen::open(&hub, EVERYTHING, Rate::PerSecond(4)).await;
            for n in 0..10 {
                hub.value(0, f64::from(n), Quality::Good);
                hub.tell();
                hub.pusher.flush(hub.now);
                hub.now += Duration::from_millis(10);
            }
            screen.read(&hub).await;
            assert_eq!(screen.frames, 1, "one at once, the others not before 250 ms");
            hub.alarm(0, AlarmState::Unacknowledged);
            hub.tell();
            hub.pusher.flush(hub.now);
            screen.read(&hub).await;
            assert_eq!(screen.frames, 2);
            assert_eq!(screen.things["alarms"].len(), 1);
            assert_eq!(screen.things["values"]["rs-0/pressure"][0], 0.0);
            hub.settle();
            screen.read(&hub).await;
            assert_eq!(screen.frames, 3);
            assert_eq!(screen.things["values"]["rs-0/pressure"][0], 9.0, "conflated to the newest");
        });
    }

    #[test]
    fn what_is_over_is_removed() {
        block_on(async {
            let mut hub = Hub::new();
            let mut screen = Screen::open(&hub, EVERYTHING, Rate::Now).await;
            let before = screen.things["crews"].len();
            hub.alarm(1, AlarmState::Unacknowledged);
            hub.crew(0, 150.0);
            hub.settle();
            screen.read(&hub).await;
            assert_eq!(screen.things["alarms"].keys().collect::<Vec<_>>(), ["rs-1:pressure:high"]);
            assert_eq!(screen.things["crews"].len(), before - 1);
            assert_eq!(screen.things["assets"]["rs-1"]["worst"]["priority"], "high");
            hub.alarm(1, AlarmState::Normal);
            hub.settle();
            screen.read(&hub).await;
            assert!(screen.things["alarms"].is_empty());
            assert_eq!(screen.things["assets"]["rs-1"]["worst"], Json::Null);
            assert_eq!(screen.snapshots, 1);
        });
    }

    #[test]
    fn a_screen_left_behind_gets_a_new_snapshot() {
        block_on(async {
            let mut hub = Hub::new();
            let mut screen = Screen::open(&hub, EVERYTHING, Rate::Now).await;
            hub.alarm(2, AlarmState::Unacknowledged);
            hub.settle();
            for n in 0..1_000 {
                hub.value(0, f64::from(n), Quality::Good);
                hub.settle();
            }
            screen.read(&hub).await;
            assert_eq!(screen.snapshots, 2);
            assert_eq!(screen.things["alarms"].len(), 1);
            assert_eq!(screen.things["values"]["rs-0/pressure"][0], 999.0);
        });
    }

    #[test]
    fn groups_nobody_reads_are_forgotten() {
        block_on(async {
            let mut hub = Hub::new();
            let screen = Screen::open(&hub, EVERYTHING, Rate::Now).await;
            hub.pusher.look_at_groups();
            assert_eq!(hub.pusher.groups.len(), 1);
            drop(screen);
            hub.shared.left();
            hub.pusher.look_at_groups();
            assert!(hub.pusher.groups.is_empty() && hub.pusher.rates.is_empty());
        });
    }
}
