//! What history tells, raw, reduced and out of aggregates.

use linepack::store::{HistoryQuery, HistorySamples};
use linepack_core::{Quality, Reason, Sample};
use sqlx::Connection;

use super::Place;
use super::contract::{hours_ago, run, run_with, sample};
use super::site::registry;

pub(crate) async fn history_is_true(place: &Place) {
    let site = registry(&["h-1"]);
    let mut running = run(place, &site).await;
    let t0 = hours_ago();
    // two hours at 1 Hz with one spike each way, a bad stretch, and everything sent twice, partly out of order
    let value = |i: i64| match i {
        1234 => 500.0,
        4321 => -500.0,
        _ => 100.0 + (i % 60) as f64 / 10.0,
    };
    let mut samples: Vec<Sample> = (0..7200i64)
        .map(|i| match i {
            3000..3010 => sample(0, t0 + i * 1000, f64::NAN, Quality::Bad(Reason::CommFailure)),
            _ => sample(0, t0 + i * 1000, value(i), Quality::Good),
        })
        .collect();
    samples.swap(10, 5000);
    for part in samples.chunks(2500) {
        running.write(&site, &[], part).await;
    }
    running.write(&site, &[], &samples[..3000]).await;
    running.store.caught_up().await;

    let (resolution, rows) = running.history("h-1/inlet", t0, t0 + 60_000, 1000).await;
    assert_eq!(resolution, "raw");
    assert_eq!(rows.len(), 60, "end exclusive, each once");
    assert_eq!(rows[7], (t0 + 7000, Some(value(7)), "good".to_owned()));

    let (resolution, rows) = running.history("h-1/inlet", t0, t0 + 7_200_000, 500).await;
    assert_eq!(resolution, "reduced");
    assert!(rows.len() <= 500 && rows.len() > 200, "{}", rows.len());
    for spike in [(t0 + 1_234_000, Some(500.0)), (t0 + 4_321_000, Some(-500.0))] {
        assert!(rows.iter().any(|r| (r.0, r.1) == spike), "{spike:?} is kept");
    }
    assert!(rows.iter().any(|r| r.1.is_none() && r.2 == "bad"), "the gap shows");
    assert!(rows.windows(2).all(|w| w[0].0 < w[1].0));

    let query = HistoryQuery {
        points: vec!["h-1/outlet".into(), "no/such".into(), "h-1/inlet".into()],
        from_ms: t0,
        to_ms: t0 + 5000,
        max_points: 10,
    };
    let answer = running.store.history(&query).await.unwrap();
    assert_eq!(answer.series.iter().map(|s| s.rows.len()).collect::<Vec<_>>(), [0, 0, 5]);
    running.stop().await;
}

pub(crate) async fn a_reload_changes_numbers_not_names(place: &Place) {
    let before = registry(&["r-1", "r-2"]);
    let after = registry(&["r-0", "r-2", "r-1"]);
    let mut running = run(place, &before).await;
    let t0 = hours_ago();
    running.write(&before, &[], &[sample(0, t0, 1.0, Quality::Good), sample(2, t0, 2.0, Quality::Good)]).await;
    running.store.adopt(after.clone()).await.unwrap();
    running.log.adopt(&after).unwrap();
    let samples = [
        sample(0, t0 + 1, 10.0, Quality::Good),
        sample(2, t0 + 1, 12.0, Quality::Good),
        sample(4, t0 + 1, 11.0, Quality::Good),
    ];
    running.write(&after, &[], &samples).await;
    for (point, expected) in [
        ("r-0/inlet", vec![Some(10.0)]),
        ("r-1/inlet", vec![Some(1.0), Some(11.0)]),
        ("r-2/inlet", vec![Some(2.0), Some(12.0)]),
    ] {
        let (_, rows) = running.history(point, t0, t0 + 10, 10).await;
        assert_eq!(rows.iter().map(|r| r.1).collect::<Vec<_>>(), expected, "{point}");
    }
    running.stop().await;
}

pub(crate) async fn aggregates_outlive_raw_samples(place: &Place) {
    let day = std::time::Duration::from_secs(86_400);
    let site = registry(&["old-1"]);
    let now = linepack::clock::Clock::System.now().ms();
    let t0 = (now - 200 * 86_400_000) / 3_600_000 * 3_600_000;
    let to = t0 + 2 * 3_600_000;
    let value = |i: i64| if i == 333 { 777.0 } else { (i % 7) as f64 };
    let mut samples: Vec<Sample> = (0..720).map(|i| sample(0, t0 + i * 10_000, value(i), Quality::Good)).collect();
    samples.insert(0, sample(0, t0 + 5, 5000.0, Quality::Bad(Reason::OutOfRange)));
    let spike = (t0 + 3_330_000, Some(777.0), "good".to_owned());

    let mut settings = place.settings.clone();
    settings.retain_raw = 300 * day;
    let mut running = run_with(settings.clone(), place, &site).await;
    for part in [&samples[..400], &samples[400..]] {
        running.write(&site, &[], part).await;
        running.store.upkeep().await.unwrap();
    }
    let (resolution, rows) = running.history("old-1/inlet", t0, to, 1000).await;
    assert_eq!((resolution.as_str(), rows.len()), ("raw", 721));
    running.stop().await;

    // raw samples are kept 30 days from now on: minutes tell of the time before
    settings.retain_raw = 30 * day;
    let mut running = run_with(settings.clone(), place, &site).await;
    running.store.upkeep().await.unwrap();
    let (resolution, rows) = running.history("old-1/inlet", t0, to, 1000).await;
    assert_eq!(resolution, "minute");
    assert!(rows.contains(&spike), "it is where it was");
    assert!((200..=240).contains(&rows.len()), "{} rows: lowest and highest of 120 minutes", rows.len());
    assert!(rows.last().unwrap().0 >= to - 60_000, "late samples are in it");
    assert!(rows.iter().all(|r| r.1 != Some(5000.0)), "bad samples are not");
    // a late sample for a minute whose raw samples are gone spoils nothing
    running.write(&site, &[], &[sample(0, t0 + 3_330_001, 3.0, Quality::Good)]).await;
    running.store.upkeep().await.unwrap();
    assert!(running.history("old-1/inlet", t0, to, 1000).await.1.contains(&spike));
    running.stop().await;

    settings.retain_minute = 50 * day;
    let running = run_with(settings, place, &site).await;
    running.store.upkeep().await.unwrap();
    let (resolution, rows) = running.history("old-1/inlet", t0, to, 1000).await;
    assert_eq!((resolution.as_str(), rows.len()), ("hour", 4));
    assert!(rows.contains(&spike));
    running.stop().await;
}

/// What is odd about samples: late, twice, bad, not a number, before 1970, far in the future.
pub(crate) async fn odd_samples_are_told_as_they_are(place: &Place) {
    let site = registry(&["odd-1"]);
    let mut running = run(place, &site).await;
    let t0 = hours_ago();
    let samples = [
        sample(0, t0 + 2000, 2.0, Quality::Good),
        sample(0, t0, 1.0, Quality::Good),
        sample(0, t0 + 1000, f64::NAN, Quality::Good),
        sample(0, t0 + 2000, 77.0, Quality::Good),
        sample(0, t0 + 3000, -0.0, Quality::Bad(Reason::SensorFailure)),
        sample(1, -5, 0.1, Quality::Good),
        sample(1, 4_000_000_000_000, 0.2, Quality::Good),
    ];
    running.write(&site, &[], &samples).await;
    running.write(&site, &[], &[sample(0, t0 + 500, 1.5, Quality::Good), sample(0, t0, 99.0, Quality::Good)]).await;
    running.store.upkeep().await.unwrap();
    let (resolution, rows) = running.history("odd-1/inlet", t0, t0 + 3001, 100).await;
    let values: Vec<_> = rows.iter().map(|r| (r.0 - t0, r.1, r.2.as_str())).collect();
    let expected = [
        (0, Some(1.0), "good"),
        (500, Some(1.5), "good"),
        (1000, None, "good"),
        (2000, Some(2.0), "good"),
        (3000, Some(0.0), "bad"),
    ];
    assert_eq!((resolution.as_str(), values.as_slice()), ("raw", expected.as_slice()), "the first of two stays");
    assert!(running.history("odd-1/inlet", t0 + 3001, t0 + 9000, 10).await.1.is_empty());
    let (_, far) = running.history("odd-1/outlet", 3_999_999_999_999, 4_000_000_000_001, 10).await;
    assert_eq!(far.iter().map(|r| r.1).collect::<Vec<_>>(), [Some(0.2)]);
    running.stop().await;
}

/// Whatever becomes of samples inside, all that was written comes out: in order, once, over restarts and late ones.
pub(crate) async fn all_that_goes_in_comes_out(place: &Place) {
    let site = registry(&["io-1", "io-2"]);
    let t0 = hours_ago() - 20 * 3_600_000;
    let value = |i: i64| f64::from(i as i32 * 37 % 1000) / 10.0;
    // ten hours at 1 Hz, every hundredth sample minutes late, sent in batches
    let (mut early, mut late) = (vec![], vec![]);
    for i in 0..36_000i64 {
        let one = sample(0, t0 + i * 1000, value(i), Quality::Good);
        if i % 100 == 7 { late.push(one) } else { early.push(one) }
    }
    let mut running = run(place, &site).await;
    for part in early.chunks(5000) {
        running.write(&site, &[], part).await;
    }
    running.store.upkeep().await.unwrap();
    running.write(&site, &[], &late[..200]).await;
    running.store.upkeep().await.unwrap();
    running.stop().await;
    let mut running = run(place, &site).await;
    running.write(&site, &[], &late[200..]).await;

    let out = all(running.store.samples("io-1/inlet", t0, t0 + 36_000_000).await.unwrap()).await;
    assert_eq!(out.len(), 36_000);
    assert!(out.iter().enumerate().all(|(i, r)| (r.0, r.1) == (t0 + i as i64 * 1000, Some(value(i as i64)))));
    let short = running.store.samples("io-1/inlet", t0 + 999, t0 + 2000).await.unwrap();
    assert_eq!(all(short).await.len(), 1, "the end is not part of it");

    let range = (t0, t0 + 36_000_000);
    let mut steps = running
        .store
        .steps("io-1/inlet", range, "1m".parse().unwrap(), &jiff::tz::TimeZone::UTC, range.1)
        .await
        .unwrap();
    let mut means = vec![];
    while let Some(part) = steps.next().await.unwrap() {
        means.extend(part.iter().map(|a| (a.start_ms, a.mean().unwrap())));
    }
    assert_eq!(means.len(), 600);
    for (at, mean) in means.iter().enumerate() {
        let expected = (0..60).map(|s| value(at as i64 * 60 + s)).sum::<f64>() / 60.0;
        assert!(mean.0 == t0 + at as i64 * 60_000 && (mean.1 - expected).abs() < 1e-6, "{mean:?} {expected}");
    }
    running.stop().await;
}

async fn all(mut samples: HistorySamples<'_>) -> Vec<(i64, Option<f64>)> {
    let mut rows = vec![];
    loop {
        let part = samples.next().await.unwrap();
        if part.is_empty() {
            return rows;
        }
        rows.extend(part.into_iter().map(|r| (r.ts_ms, r.value)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_block_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new("sqlite://data/hub.db", dir.path());
    let site = registry(&["dmg-1"]);
    let t0 = hours_ago() - 20 * 3_600_000;
    let samples: Vec<Sample> = (0..20_000).map(|i| sample(0, t0 + i * 1000, (i % 100) as f64, Quality::Good)).collect();
    let mut running = run(&place, &site).await;
    running.write(&site, &[], &samples).await;
    running.store.upkeep().await.unwrap();
    running.write(&site, &[], &[sample(2, t0, 1.0, Quality::Good)]).await;
    running.stop().await;

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("data/hub.db"));
    let mut db = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let (blocks,): (i64,) =
        sqlx::query_as("SELECT count(*) FROM block WHERE level = 0").fetch_one(&mut db).await.unwrap();
    assert!(blocks > 4, "{blocks} blocks");
    for damage in [
        "UPDATE block SET data = substr(data, 1, 20) WHERE id = (SELECT max(id) FROM block WHERE level = 0)",
        "UPDATE run SET data = x'01' WHERE id = (SELECT max(id) FROM run WHERE level = 0)",
    ] {
        sqlx::query(damage).execute(&mut db).await.unwrap();
    }
    db.close().await.unwrap();

    // what belongs into the damaged block comes again; the rest is still there
    let mut running = run(&place, &site).await;
    assert_eq!(running.history("dmg-1/inlet", t0, t0 + 60_000, 100).await.1.len(), 60);
    let late: Vec<Sample> = (0..20_000).map(|i| sample(0, t0 + i * 1000 + 1, 7.0, Quality::Good)).collect();
    running.write(&site, &[], &late).await;
    running.store.upkeep().await.unwrap();
    let rows = all(running.store.samples("dmg-1/inlet", t0, t0 + 20_000_000).await.unwrap()).await;
    let new = rows.iter().filter(|r| r.0 % 1000 == 1).count();
    assert_eq!(new, 20_000, "none of the new ones is lost");
    assert!(rows.len() > 30_000 && rows.windows(2).all(|w| w[0].0 < w[1].0));
    running.stop().await;
}
