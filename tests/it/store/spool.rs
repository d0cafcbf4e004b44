//! Store and forward: a burst after a failure, two hubs on one database, a disk without space.

use std::time::Duration;

use linepack::store::{Store, records};
use linepack_core::event::TimelineEntry;
use linepack_core::{Event, IncidentNo, Quality, Ts};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::time::Instant;

use super::Place;
use super::contract::{run, sample};
use super::site::registry;
use crate::harness::postgres::Postgres;
use crate::hub::{Hub, now_ms, small_site, token};

fn note(at: i64) -> Event {
    Event::Timeline(TimelineEntry {
        incident: IncidentNo(1),
        at: Ts(at),
        by: "hub".into(),
        event: "note",
        detail: "".into(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_moment_that_comes_twice_the_first_stays_wherever_it_is() {
    let server = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(&server.url(), dir.path());
    let site = registry(&["rs-1"]);
    let mut running = run(&place, &site).await;
    let t0 = now_ms() - 600_000;
    let good = |i: i64, v: f64| sample(0, t0 + i, v, Quality::Good);
    // twice in one batch, twice in what has arrived, then in what is kept
    running.write(&site, &[], &[good(1, 1.0), good(0, 0.0), good(1, 9.0)]).await;
    running.write(&site, &[], &[good(0, 9.0), good(2, 2.0)]).await;
    let seen = async |running: &super::contract::Running| -> Vec<f64> {
        running.history("rs-1/inlet", t0, t0 + 100, 100).await.1.iter().map(|r| r.1.unwrap()).collect()
    };
    assert_eq!(seen(&running).await, [0.0, 1.0, 2.0]);
    running.store.upkeep().await.unwrap();
    assert_eq!(seen(&running).await, [0.0, 1.0, 2.0]);
    running.write(&site, &[], &[good(2, 9.0), good(3, 3.0)]).await;
    assert_eq!(seen(&running).await, [0.0, 1.0, 2.0, 3.0]);
    running.store.upkeep().await.unwrap();
    assert_eq!(seen(&running).await, [0.0, 1.0, 2.0, 3.0]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_on_the_same_database_is_refused_until_the_first_has_gone() {
    let server = Postgres::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let site = registry(&["rs-1"]);
    let first = run(&Place::new(&server.url(), here.path()), &site).await;
    let place = Place::new(&server.url(), there.path());
    let store = Store::open(&place.settings, &place.dir).await.unwrap();
    let refused = store.start(site.clone(), &linepack::lifecycle::Tasks::new()).await.unwrap_err().to_string();
    assert!(refused.contains("another hub") && refused.contains("its claim ends in"), "{refused}");
    store.close().await;
    first.stop().await;
    run(&place, &site).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn catching_up_does_not_slow_what_comes_now() {
    let mut server = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(&server.url(), dir.path());
    let site = registry(&["rs-1", "rs-2"]);
    let mut running = run(&place, &site).await;
    let t0 = now_ms() - 2_000_000;
    server.down();
    let (mut sent, all) = (0i64, 1_000_000i64);
    while sent < all {
        let part: Vec<_> = (sent..sent + 5000)
            .map(|i| sample(u32::try_from(i % 4).unwrap(), t0 + i, (i % 1000) as f64 / 10.0, Quality::Good))
            .collect();
        running.log.append(&[], &part).unwrap();
        running.log.sync().unwrap();
        sent += 5000;
    }
    let store = running.store.clone();
    let bytes = |store: &Store| store.status().spool_bytes;
    let deadline = Instant::now() + Duration::from_secs(60);
    while bytes(&store) < 1 << 20 {
        assert!(Instant::now() < deadline, "it never said how much waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(bytes(&store) < 8 * all.unsigned_abs(), "{} bytes for {all} samples", bytes(&store));
    server.up().await;
    // an alarm is durable at once, however far behind the database is
    let (mut waits, mut events) = (vec![], 0);
    let deadline = Instant::now() + Duration::from_secs(120);
    while store.status().behind_ms > 0 || events < 100 {
        assert!(Instant::now() < deadline, "it never caught up");
        let asked = Instant::now();
        running.log.append(&records(&site, &[note(events)], &[]), &[]).unwrap();
        running.log.sync().unwrap();
        waits.push(asked.elapsed());
        events += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waits.sort_unstable();
    // half of them: the disk of a busy machine may stall for a while, the database's batches take seconds
    assert!(waits[waits.len() / 2] < Duration::from_millis(250), "{waits:?}");
    running.store.caught_up().await;
    assert_eq!(store.timeline(IncidentNo(1)).await.unwrap().len() as i64, events);
    let mut samples = store.samples("rs-1/inlet", t0, t0 + all).await.unwrap();
    let (mut n, mut last) = (0, i64::MIN);
    loop {
        let part = samples.next().await.unwrap();
        if part.is_empty() {
            break;
        }
        for s in part {
            assert!(s.ts_ms > last && (s.ts_ms - t0) % 4 == 0);
            (n, last) = (n + 1, s.ts_ms);
        }
    }
    assert_eq!(n, all / 4, "every sample once, in order");
    running.stop().await;
}

/// A small file system of its own, where this machine lets us.
struct Mount(std::path::PathBuf);

impl Mount {
    fn new(at: &std::path::Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "none"])
            .arg(at)
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|s| s.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_without_disk_space_says_so_refuses_and_goes_on_when_there_is_space() {
    let server = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    small_site(dir.path(), &server.url(), "60s", "");
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let log = dir.path().join("data/log");
    let Some(_mount) = Mount::new(&log) else {
        eprintln!("this machine allows no mount: a full disk is tested on the log's fake disk alone");
        return;
    };
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    caller.sample("rs-1/outlet_pressure", now_ms(), 131.0).await;
    caller.until("/api/v1/alarms", "the alarm", |a| a["items"][0]["state"] == "unacknowledged").await;

    let filler = log.join("filler");
    let mut left = 4 << 20;
    while left > 0 {
        let full = std::fs::OpenOptions::new().create(true).append(true).open(&filler).and_then(|mut file| {
            use std::io::Write;
            file.write_all(&[1; 1024])
        });
        if full.is_err() {
            break;
        }
        left -= 1024;
    }
    let mut ts = now_ms();
    let post = async |path: &str, body| caller.send(Method::POST, path, Some(body)).await.0;
    let deadline = Instant::now() + Duration::from_secs(30);
    // the last page of the file may still take some
    loop {
        ts += 1;
        let sample = json!([{"point": "rs-2/outlet_pressure", "ts_ms": ts, "value": 50.0}]);
        let answer = tokio::time::timeout(Duration::from_secs(2), post("/api/v1/samples", sample)).await;
        if answer == Ok(StatusCode::SERVICE_UNAVAILABLE) {
            break;
        }
        assert!(Instant::now() < deadline, "it never said that it cannot record");
    }
    let ack = "/api/v1/alarms/rs-1:outlet_pressure:high/ack";
    assert_eq!(post(ack, json!({})).await, StatusCode::SERVICE_UNAVAILABLE);
    let (status, ready) = caller.send(Method::GET, "/readyz", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready["reasons"].to_string().contains("disk: full"), "{ready}");
    assert_eq!(ready["store"]["lost_samples"], 0, "what cannot be recorded is refused, not lost");
    assert_eq!(caller.get("/api/v1/alarms").await["items"][0]["state"], "unacknowledged", "it can still be read");

    std::fs::remove_file(&filler).unwrap();
    while post(ack, json!({})).await != StatusCode::OK {
        assert!(Instant::now() < deadline + Duration::from_secs(30), "it never recovered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    caller.sample("rs-2/outlet_pressure", now_ms().max(ts + 1), 142.0).await;
    hub.kill9().await;
    let hub = Hub::start(dir.path()).await;
    let caller = hub.with_token(&engineer);
    let alarms = caller.get("/api/v1/alarms").await;
    let state = |id: &str| {
        let items = alarms["items"].as_array().cloned().unwrap_or_default();
        items.iter().find(|i| i["id"] == id).map(|i| i["state"].clone()).unwrap_or_default()
    };
    assert_eq!(state("rs-1:outlet_pressure:high"), "acknowledged");
    assert_eq!(state("rs-2:outlet_pressure:high"), "unacknowledged");
    hub.stop().await;
}
