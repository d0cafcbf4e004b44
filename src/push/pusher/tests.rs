mod any_order;
mod seen_pass;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use linepack_core::alarm::State as AlarmState;
use linepack_core::{AlarmId, CrewId, Current, LonLat, Quality, Reason, Registry, Ts};
use serde_json::Value as Json;

use super::*;
use crate::clock::Clock;
use crate::push::fixture;
use crate::push::group::{News, Reader};
use crate::push::interest::{Interest, Scope};
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

    /// A person changes the limit of an alarm.
    fn tune(&mut self, n: u32, limit: f64) {
        let before = self.view.load();
        let mut registry = Registry::clone(&before.registry);
        registry.own_rule(AlarmId(n)).limit = limit;
        let (site, values, board) = (before.site.clone(), before.values.clone(), before.board.clone());
        self.view.store(Picture { site, registry: Arc::new(registry), values, board });
        self.publish(|_, change| {
            change.tuned.push(AlarmId(n));
            change.alarms.push(AlarmId(n));
        });
    }

    /// The site is read anew.
    fn reload(&mut self) {
        let before = self.view.load();
        let mut fresh = fixture::picture(ASSETS);
        Arc::make_mut(&mut fresh.registry).generation = before.registry.generation + 1;
        fresh.board = before.board.clone();
        self.view.store(fresh);
        self.untold.push(Change::Reloaded);
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

    /// Everything due is composed.
    fn flush(&mut self) {
        while self.pusher.flush(self.now).is_some() {}
    }

    /// Everything is told and sent.
    fn settle(&mut self) {
        self.tell();
        for _ in 0..3 {
            self.now += Duration::from_secs(1);
            self.clock.fetch_add(1_000, Ordering::AcqRel);
            self.flush();
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
        let reader = hub.shared.join(&Arc::new(interest.clone()));
        let mut screen = Self { interest, reader, things: BTreeMap::new(), snapshots: 0, frames: 0 };
        screen.show(hub).await;
        screen
    }

    async fn show(&mut self, hub: &Hub) {
        let snapshot = loop {
            match hub.shared.snapshot(&self.reader.group).await {
                Some(snapshot) => break snapshot,
                None => self.reader = hub.shared.join(&Arc::new(self.interest.clone())),
            }
        };
        self.reader.follow(&snapshot);
        self.things.clear();
        self.snapshots += 1;
        self.apply("snapshot", std::str::from_utf8(&snapshot.body).unwrap());
    }

    async fn read(&mut self, hub: &Hub) {
        match self.reader.take(|| hub.shared.load(), |registry| hub.shared.names(registry)) {
            News::Frames(frames) => {
                self.frames += frames.len();
                frames.iter().for_each(|f| self.apply("delta", std::str::from_utf8(&f.body).unwrap()));
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
            // a point told whole: nobody is told of its limits otherwise
            for whole in json[if kind == "snapshot" { "values" } else { "points" }].as_array().into_iter().flatten() {
                let limits = self.things.entry("limits").or_default();
                limits.insert(whole["point"].as_str().unwrap().into(), whole["limits"].clone());
            }
            let things = self.things.entry(topic).or_default();
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

#[test]
fn screens_with_the_same_interest_share_their_frames() {
    block_on(async {
        let mut hub = Hub::new();
        let mut a = Screen::open(&hub, EVERYTHING, Rate::Now).await;
        let mut b = Screen::open(&hub, EVERYTHING, Rate::Now).await;
        assert!(Arc::ptr_eq(&a.reader.group, &b.reader.group));
        hub.value(0, 5.0, Quality::Good);
        hub.settle();
        let take = |screen: &mut Screen| match screen.reader.take(|| hub.shared.load(), |r| hub.shared.names(r)) {
            News::Frames(frames) => frames,
            other => panic!("nobody is behind: {other:?}"),
        };
        let (of_a, of_b) = (take(&mut a), take(&mut b));
        assert_eq!(of_a.len(), 1);
        assert_eq!(of_a[0].body.as_ptr(), of_b[0].body.as_ptr());
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
            hub.flush();
            hub.now += Duration::from_millis(10);
        }
        screen.read(&hub).await;
        assert_eq!(screen.frames, 1, "one at once, the others not before 250 ms");
        hub.alarm(0, AlarmState::Unacknowledged);
        hub.tell();
        hub.flush();
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
fn a_screen_left_behind_is_told_the_present_in_one_frame() {
    block_on(async {
        let mut hub = Hub::new();
        let mut screen = Screen::open(&hub, EVERYTHING, Rate::Now).await;
        hub.alarm(2, AlarmState::Unacknowledged);
        hub.alarm(3, AlarmState::Unacknowledged);
        hub.settle();
        for n in 0..1_000 {
            hub.value(0, f64::from(n), Quality::Good);
            hub.settle();
        }
        hub.alarm(3, AlarmState::Normal);
        hub.settle();
        screen.read(&hub).await;
        assert_eq!((screen.snapshots, screen.frames), (1, 1));
        assert_eq!(screen.things["alarms"].keys().collect::<Vec<_>>(), ["rs-2:pressure:high"]);
        assert_eq!(screen.things["values"]["rs-0/pressure"][0], 999.0);
    });
}

#[test]
fn a_changed_setting_is_told_without_a_new_snapshot() {
    block_on(async {
        let mut hub = Hub::new();
        let mut screen = Screen::open(&hub, EVERYTHING, Rate::Now).await;
        let mut other = Screen::open(&hub, r#"{"type":"subscribe","points":["rs-2/*"]}"#, Rate::Now).await;
        hub.alarm(1, AlarmState::Unacknowledged);
        hub.settle();
        hub.tune(1, 150.0);
        hub.settle();
        hub.value(2, 140.0, Quality::Good);
        hub.settle();
        screen.read(&hub).await;
        other.read(&hub).await;
        assert_eq!((screen.snapshots, other.snapshots, other.frames), (1, 1, 0));
        assert_eq!(screen.things["alarms"]["rs-1:pressure:high"]["limit"], 150.0);
        assert_eq!(screen.things["limits"]["rs-1/pressure"], serde_json::json!([["high", 150.0]]));
        assert_eq!(screen.things["limits"]["rs-2/pressure"], serde_json::json!([["high", 120.0]]));
        assert_eq!(screen.things["values"]["rs-1/pressure"][0], 140.0);
        hub.reload();
        hub.settle();
        screen.read(&hub).await;
        assert_eq!(screen.snapshots, 2, "other numbers: everything anew");
    });
}

#[test]
fn groups_nobody_reads_are_forgotten() {
    block_on(async {
        let mut hub = Hub::new();
        let screen = Screen::open(&hub, EVERYTHING, Rate::Now).await;
        hub.pusher.look_at_groups();
        hub.pusher.tidy();
        assert_eq!(hub.pusher.classes.len(), 1);
        drop(screen);
        hub.pusher.tidy();
        assert!(hub.pusher.classes.is_empty());
        // who comes later is served again
        let mut screen = Screen::open(&hub, EVERYTHING, Rate::Now).await;
        hub.value(0, 5.0, Quality::Good);
        hub.settle();
        screen.read(&hub).await;
        assert_eq!(screen.frames, 1);
    });
}

#[test]
fn screens_of_one_rate_take_turns() {
    block_on(async {
        let mut hub = Hub::new();
        let mut screens = vec![];
        for n in 0..ASSETS {
            let own = format!(r#"{{"type":"subscribe","topics":[],"points":["rs-{n}/*"]}}"#);
            screens.push(Screen::open(&hub, &own, Rate::PerSecond(10)).await);
        }
        hub.pusher.look_at_groups();
        let mut most = 0;
        for _ in 0..20 {
            hub.now += Duration::from_millis(10);
            for point in 0..ASSETS * 2 {
                hub.value(point, hub.now.elapsed().as_secs_f64(), Quality::Good);
            }
            hub.tell();
            hub.flush();
            let before: usize = screens.iter().map(|s| s.frames).sum();
            for screen in &mut screens {
                screen.read(&hub).await;
            }
            most = most.max(screens.iter().map(|s| s.frames).sum::<usize>() - before);
        }
        assert!(screens.iter().all(|s| s.frames >= 2));
        assert!(most <= 2, "{most} at the same moment");
    });
}
