//! What every kind of database must do alike. Each part runs on a store of its own kind, one after the other.

use std::sync::Arc;

use linepack::lifecycle::Tasks;
use linepack::site::StoreSettings;
use linepack::store::{HistoryQuery, IncidentFilter, JournalQuery, Log, Store, records};
use linepack_core::alarm::State;
use linepack_core::dispatch::{CrewState, CrewStatus, IncidentState};
use linepack_core::event::TimelineEntry;
use linepack_core::handover::HandoverState;
use linepack_core::input::Fix;
use linepack_core::{
    AlarmId, AssignmentNo, CrewId, Delivery, Event, IncidentNo, LonLat, PointId, Quality, Reason, Registry, Sample, Ts,
};

use super::objects::{alarm, assignment, handover, incident, transition};
use super::site::registry;
use super::{Place, accounts, commands, figures, history, models, steps, trail};

/// The begin of an hour about three hours ago: buckets are whole, nothing is in the future, nothing expires.
pub(crate) fn hours_ago() -> i64 {
    (linepack::clock::Clock::System.now().ms() / 3_600_000 - 3) * 3_600_000
}

pub(crate) fn sample(point: u32, ts: i64, value: f64, quality: Quality) -> Sample {
    Sample { point: PointId(point), ts: Ts(ts), received: Ts(ts), value, quality, delivery: Delivery::Live }
}

/// A store at work.
pub(crate) struct Running {
    pub(crate) store: Store,
    pub(crate) log: Log,
    pub(crate) tasks: Tasks,
}

pub(crate) async fn run(place: &Place, site: &Arc<Registry>) -> Running {
    run_with(place.settings.clone(), place, site).await
}

pub(crate) async fn run_with(settings: StoreSettings, place: &Place, site: &Arc<Registry>) -> Running {
    let store = Store::open(&settings, &place.dir).await.unwrap();
    let tasks = Tasks::new();
    let log = store.start(site.clone(), &tasks).await.unwrap();
    Running { store, log, tasks }
}

impl Running {
    pub(crate) async fn stop(self) {
        drop(self.log);
        self.tasks.stop();
        self.store.close().await;
        self.tasks.finish(std::time::Duration::from_secs(10)).await.unwrap();
    }

    pub(crate) async fn write(&mut self, site: &Registry, events: &[Event], samples: &[Sample]) {
        self.log.append(&records(site, events, &[]), samples).unwrap();
        self.log.sync().unwrap();
        self.store.caught_up().await;
    }

    pub(crate) async fn history(
        &self,
        point: &str,
        from: i64,
        to: i64,
        max: usize,
    ) -> (String, Vec<(i64, Option<f64>, String)>) {
        let query = HistoryQuery { points: vec![point.to_owned()], from_ms: from, to_ms: to, max_points: max };
        let answer = self.store.history(&query).await.unwrap();
        let rows = answer.series[0].rows.iter().map(|r| (r.0, r.1, r.2.clone())).collect();
        (answer.resolution, rows)
    }
}

/// Everything.
pub(crate) async fn suite(place: &Place) {
    accounts::accounts(place).await;
    everything_comes_back(place).await;
    trail::gaps_and_accounts_are_read_in_pages(place).await;
    commands::commands_are_kept_and_live_ones_come_back(place).await;
    models::the_last_of_each_model_comes_back(place).await;
    history::history_is_true(place).await;
    history::a_reload_changes_numbers_not_names(place).await;
    history::aggregates_outlive_raw_samples(place).await;
    history::odd_samples_are_told_as_they_are(place).await;
    history::all_that_goes_in_comes_out(place).await;
    steps::steps_are_what_the_samples_come_to(place).await;
    steps::days_are_those_of_the_site(place).await;
    a_crash_before_the_log_is_deleted_changes_nothing(place).await;
    figures::the_journal_is_read_in_pages(place).await;
}

async fn everything_comes_back(place: &Place) {
    let site = registry(&["rs-1", "rs-2"]);
    let mut run1 = run(place, &site).await;
    let crew = CrewState {
        id: CrewId(1),
        status: CrewStatus::EnRoute,
        since: Ts(1200),
        fix: Some(Fix {
            crew: CrewId(1),
            position: LonLat { lon: 106.4, lat: 29.4 },
            ts: Ts(1190),
            accuracy_m: Some(7.5),
        }),
        assignment: Some(AssignmentNo(30)),
    };
    let line = |event, detail: &str| {
        Event::Timeline(TimelineEntry {
            incident: IncidentNo(3),
            at: Ts(950),
            by: "hub".into(),
            event,
            detail: detail.into(),
        })
    };
    let events = vec![
        Event::Alarm {
            alarm: alarm(0, State::Unacknowledged, 1),
            transition: Some(transition(1000, State::Unacknowledged)),
        },
        Event::Alarm {
            alarm: alarm(0, State::Acknowledged, 2),
            transition: Some(transition(1500, State::Acknowledged)),
        },
        Event::Alarm { alarm: alarm(0, State::Acknowledged, 2), transition: None },
        Event::Alarm {
            alarm: alarm(2, State::Unacknowledged, 1),
            transition: Some(transition(1600, State::Unacknowledged)),
        },
        Event::Incident(Box::new(incident(3, IncidentState::Open))),
        Event::Incident(Box::new(incident(3, IncidentState::EnRoute))),
        Event::Incident(Box::new(incident(4, IncidentState::Closed))),
        Event::Assignment(Box::new(assignment(30, 3))),
        Event::Assignment(Box::new(assignment(40, 4))),
        Event::Crew(Box::new(crew.clone())),
        line("opened", "by alarm"),
        line("offered", "c-02"),
        Event::Handover(Box::new(handover(1, HandoverState::Accepted))),
        Event::Handover(Box::new(handover(2, HandoverState::Offered))),
        Event::Handover(Box::new(handover(2, HandoverState::Accepted))),
        Event::Handover(Box::new(handover(3, HandoverState::Offered))),
    ];
    let now = hours_ago();
    let samples = [
        sample(0, now, 1.0, Quality::Good),
        sample(0, now + 1000, 2.0, Quality::Good),
        sample(1, now, f64::NAN, Quality::Bad(Reason::CommFailure)),
        sample(3, now - 1000, 3.0, Quality::Good),
    ];
    run1.write(&site, &events, &samples).await;

    let check = async |store: &Store| {
        let saved = store.load(&site).await.unwrap();
        assert_eq!(saved.alarms.len(), 2);
        assert!(saved.alarms.contains(&alarm(0, State::Acknowledged, 2)));
        assert_eq!(saved.incidents, [incident(3, IncidentState::EnRoute)]);
        assert_eq!(saved.assignments, [assignment(30, 3)]);
        assert_eq!(saved.crews, std::slice::from_ref(&crew));
        assert_eq!((saved.last_incident, saved.last_assignment), (4, 40));
        let mut values: Vec<_> = saved.values.iter().map(|(p, c)| (p.0, c.value, c.ts.ms(), c.quality)).collect();
        values.sort_by_key(|v| v.0);
        let known = Quality::Uncertain(Reason::LastKnown);
        assert_eq!(values, [(0, 2.0, now + 1000, known), (3, 3.0, now - 1000, known)]);
        let all = store.incidents(&site, &IncidentFilter { before: None, limit: 10 }).await.unwrap();
        assert_eq!(all.iter().map(|(i, a)| (i.no.0, a.len())).collect::<Vec<_>>(), [(4, 1), (3, 1)]);
        let page = store.incidents(&site, &IncidentFilter { before: Some(4), limit: 1 }).await.unwrap();
        assert_eq!(page[0].0.no, IncidentNo(3));
        assert_eq!(store.incident(&site, IncidentNo(4)).await.unwrap().unwrap().0, incident(4, IncidentState::Closed));
        assert!(store.incident(&site, IncidentNo(5)).await.unwrap().is_none());
        let lines = store.timeline(IncidentNo(3)).await.unwrap();
        assert_eq!(lines.iter().map(|l| l.event.as_str()).collect::<Vec<_>>(), ["opened", "offered"]);
        let journal = store.journal(&JournalQuery { limit: 10, ..Default::default() }).await.unwrap();
        assert_eq!(journal.iter().map(|r| r.ts_ms).collect::<Vec<_>>(), [1600, 1500, 1000], "newest first, once each");
        let row = &journal[2];
        assert_eq!((row.alarm.as_str(), row.to.as_str()), ("rs-1:inlet:high", "unacknowledged"));
        assert_eq!((row.value, row.limit, row.source_ms), (None, Some(120.0), 995));
        assert_eq!(row.reason.as_deref(), Some("why\u{fffd}not"));
        let query = JournalQuery {
            alarm: Some("rs-1:inlet:high".into()),
            from_ms: Some(1000),
            to_ms: Some(1600),
            before: Some(journal[1].id),
            limit: 10,
            ..Default::default()
        };
        assert_eq!(store.journal(&query).await.unwrap(), std::slice::from_ref(row));
        let asset = |id: &str| JournalQuery { asset: Some(id.into()), limit: 10, ..Default::default() };
        assert_eq!(store.journal(&asset("rs-1")).await.unwrap().len(), 2);
        assert_eq!(store.journal(&asset("rs-_")).await.unwrap().len(), 0, "no character is a pattern");
        let text = JournalQuery { text: Some("WHY".into()), limit: 10, ..Default::default() };
        assert!(store.journal(&text).await.unwrap().contains(row));
        let seats: Vec<_> = saved.handovers.iter().map(|h| (h.no.0, h.state)).collect();
        assert_eq!(seats, [(2, HandoverState::Accepted), (3, HandoverState::Offered)]);
        assert_eq!(saved.last_handover, 3);
        let written = store.handovers(Some("north"), None, 10).await.unwrap();
        assert_eq!(
            written,
            [
                handover(3, HandoverState::Offered),
                handover(2, HandoverState::Accepted),
                handover(1, HandoverState::Accepted)
            ]
        );
        assert_eq!(store.handovers(None, Some(3), 1).await.unwrap(), [handover(2, HandoverState::Accepted)]);
        assert!(store.handovers(Some("south"), None, 10).await.unwrap().is_empty());
    };
    check(&run1.store).await;
    run1.stop().await;

    // an orderly restart, then one with a site that has changed
    let run2 = run(place, &site).await;
    check(&run2.store).await;
    let other = registry(&["rs-2"]);
    let saved = run2.store.load(&other).await.unwrap();
    assert_eq!(saved.alarms.iter().map(|a| a.id).collect::<Vec<_>>(), [AlarmId(0)]);
    assert_eq!(saved.incidents[0].alarms, [AlarmId(0)]);
    assert_eq!(saved.values.len(), 1);
    run2.stop().await;

    // what a reload takes away is journalled and gone
    let mut run3 = run(place, &other).await;
    run3.log.append(&records(&other, &[], &["rs-1:inlet:high".to_owned(), "never:heard:of".to_owned()]), &[]).unwrap();
    run3.log.sync().unwrap();
    run3.store.caught_up().await;
    let journal = run3.store.journal(&JournalQuery { limit: 1, ..Default::default() }).await.unwrap();
    assert_eq!(
        (journal[0].from.as_str(), journal[0].to.as_str(), journal[0].cause.as_str()),
        ("acknowledged", "normal", "reload")
    );
    assert_eq!(run3.store.load(&site).await.unwrap().alarms.len(), 1);
    run3.stop().await;
}

async fn a_crash_before_the_log_is_deleted_changes_nothing(place: &Place) {
    let site = registry(&["x-1"]);
    let mut running = run(place, &site).await;
    let raise = Event::Alarm {
        alarm: alarm(0, State::Unacknowledged, 1),
        transition: Some(transition(9000, State::Unacknowledged)),
    };
    let t0 = hours_ago();
    running.write(&site, &[raise], &[sample(0, t0, 1.0, Quality::Good)]).await;
    let log = place.dir.join("data/log");
    let segments: Vec<_> = std::fs::read_dir(&log)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "log"))
        .map(|p| (std::fs::read(&p).unwrap(), p))
        .collect();
    assert!(segments.iter().any(|(bytes, _)| bytes.len() > 100), "the log has it");
    running.stop().await;
    for (bytes, path) in segments {
        std::fs::write(path, bytes).unwrap();
    }
    let running = run(place, &site).await;
    let query = JournalQuery { alarm: Some("x-1:inlet:high".into()), limit: 10, ..Default::default() };
    assert_eq!(running.store.journal(&query).await.unwrap().len(), 1);
    assert_eq!(running.history("x-1/inlet", t0, t0 + 1, 10).await.1.len(), 1);
    running.stop().await;
}
