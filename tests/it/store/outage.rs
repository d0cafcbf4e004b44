//! The database goes away and comes back: nothing that was synced is missing, nothing is there twice.

use std::time::Duration;

use linepack::store::records;
use linepack_core::event::TimelineEntry;
use linepack_core::{Event, IncidentNo, Quality, Ts};
use tokio::time::Instant;

use super::Place;
use super::contract::{run, sample};
use super::site::registry;
use crate::harness::postgres::Postgres;

async fn until(what: &str, mut met: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !met() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_goes_on_while_postgresql_is_away() {
    let mut server = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(&server.url(), dir.path());
    let site = registry(&["rs-1"]);
    let mut running = run(&place, &site).await;
    let t0 = linepack::clock::Clock::System.now().ms() - 100_000;
    running.write(&site, &[], &[sample(0, t0, 0.0, Quality::Good)]).await;
    assert!(running.store.status().up);

    server.down();
    for i in 1..=500 {
        running.log.append(&[], &[sample(0, t0 + i, i as f64, Quality::Good)]).unwrap();
        running.log.sync().unwrap();
    }
    let store = running.store.clone();
    until("it shows that the database is away", || !store.status().up).await;
    until("it shows how much waits", || store.status().spool_bytes > 500 * 20).await;
    assert!(store.status().behind_ms > 0 && !store.status().detail.is_empty());

    server.up().await;
    until("it catches up", || store.status().behind_ms == 0 && store.status().up).await;
    let (_, rows) = running.history("rs-1/inlet", t0, t0 + 1000, 1000).await;
    assert_eq!(rows.iter().map(|r| r.1.unwrap() as i64).collect::<Vec<_>>(), (0..=500).collect::<Vec<_>>());

    // the hub ends while the database is away: the next start carries over the rest
    server.down();
    running.log.append(&[], &[sample(0, t0 + 501, 501.0, Quality::Good)]).unwrap();
    running.log.sync().unwrap();
    running.stop().await;
    server.up().await;
    let running = run(&place, &site).await;
    assert_eq!(running.history("rs-1/inlet", t0, t0 + 1000, 1000).await.1.len(), 502);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_queue_costs_the_oldest_samples_and_no_event() {
    let mut server = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    let mut place = Place::new(&server.url(), dir.path());
    place.settings.spool_mib = 1;
    let site = registry(&["rs-1"]);
    let mut running = run(&place, &site).await;
    let t0 = linepack::clock::Clock::System.now().ms() - 2_000_000;
    server.down();
    // the first segment ends at 16 MiB
    let mut sent = 0;
    while sent < 900_000 {
        let samples: Vec<_> = (sent..sent + 10_000).map(|i| sample(0, t0 + i, i as f64, Quality::Good)).collect();
        let line = Event::Timeline(TimelineEntry {
            incident: IncidentNo(1),
            at: Ts(sent),
            by: "hub".into(),
            event: "note",
            detail: "".into(),
        });
        running.log.append(&records(&site, &[line], &[]), &samples).unwrap();
        running.log.sync().unwrap();
        sent += 10_000;
    }
    let store = running.store.clone();
    until("the oldest samples are dropped", || store.status().lost_samples > 0).await;
    let lost = i64::try_from(store.status().lost_samples).unwrap();
    assert!(lost < sent, "only a whole segment goes, not the newest");
    server.up().await;
    until("it catches up", || store.status().behind_ms == 0 && store.status().up).await;
    let (_, newest) = running.history("rs-1/inlet", t0 + sent - 100, t0 + sent, 1000).await;
    assert_eq!(newest.len(), 100, "the newest are all there");
    let (_, oldest) = running.history("rs-1/inlet", t0, t0 + lost, 1000).await;
    assert_eq!(oldest.len(), 0, "the oldest are the ones that went");
    let mut samples = store.samples("rs-1/inlet", t0, t0 + sent).await.unwrap();
    let mut there = 0;
    loop {
        let part = samples.next().await.unwrap();
        if part.is_empty() {
            break;
        }
        there += part.len() as u64;
    }
    assert_eq!(
        there + store.status().lost_samples,
        sent.unsigned_abs(),
        "what is told as lost is lost, and nothing else"
    );
    let events: Vec<i64> = store.timeline(IncidentNo(1)).await.unwrap().iter().map(|l| l.ts_ms).collect();
    assert_eq!(events, (0..sent).step_by(10_000).collect::<Vec<_>>(), "every event, in order, once");
    running.stop().await;
}
