//! TimescaleDB compresses what is sorted in, in a table without a key: a moment is there once all the same. Runs where a whole
//! server is installed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use linepack_core::{Quality, Registry, Sample};
use sqlx::{Connection, PgConnection};

use super::Place;
use super::contract::{Running, hours_ago, run, sample};
use super::site::registry;
use crate::harness::postgres::Postgres;

const SETTINGS: &[&str] = &["fsync=off", "shared_preload_libraries=timescaledb", "timescaledb.telemetry_level=off"];
const STATIONS: usize = 4;
const MINUTE: i64 = 60_000;

/// What must be there: of each station's inlet and moment the value that came first.
type Model = BTreeMap<(u32, i64), f64>;

fn site() -> Arc<Registry> {
    registry(&["s-0", "s-1", "s-2", "s-3"])
}

/// Samples of every station, each second for a time, with values that begin at `value`.
fn rows(from: i64, seconds: i64, value: f64) -> Vec<Sample> {
    let stations = 0..u32::try_from(STATIONS).unwrap();
    let of = |at: i64| stations.clone().map(move |s| sample(2 * s, from + at * 1000, value + at as f64, Quality::Good));
    (0..seconds).flat_map(of).collect()
}

async fn write(hub: &mut Running, site: &Registry, model: &mut Model, rows: &[Sample]) {
    for s in rows {
        model.entry((s.point.0 / 2, s.ts.ms())).or_insert(s.value);
    }
    hub.write(site, &[], rows).await;
}

/// What is told of all stations is what must be there.
async fn holds(hub: &Running, model: &Model) {
    let (Some(first), Some(last)) = (model.keys().map(|k| k.1).min(), model.keys().map(|k| k.1).max()) else { return };
    let mut told = Model::new();
    for station in 0..STATIONS {
        let mut part = hub.store.samples(&format!("s-{station}/inlet"), first, last + 1).await.unwrap();
        loop {
            let rows = part.next().await.unwrap();
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let again = told.insert((u32::try_from(station).unwrap(), row.ts_ms), row.value.unwrap());
                assert_eq!(again, None, "s-{station} at {} is there twice", row.ts_ms);
            }
        }
    }
    assert!(told == *model, "{} samples are told, {} must be", told.len(), model.len());
}

async fn ask(server: &Postgres, question: &'static str) -> i64 {
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    sqlx::query_scalar(question).fetch_one(&mut connection).await.unwrap()
}

const KEPT: &str = "SELECT count(*) FROM sample_kept";
const COMPRESSED: &str =
    "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sample_kept' AND is_compressed";
/// Rows that stand as they are beside the compressed ones.
const PLAIN: &str = "SELECT coalesce(sum(pg_relation_size(c)), 0)::BIGINT / 60 FROM show_chunks('sample_kept') AS c";
const KEYS: &str = "SELECT count(*) FROM pg_index WHERE indrelid = 'sample_kept'::regclass AND indisunique";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_compressed_while_it_comes_is_there_once() {
    let Some(mut server) = Postgres::timescale(SETTINGS).await else { return };
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(&server.url(), dir.path());
    let (site, mut model, t0) = (site(), Model::new(), hours_ago());
    let mut hub = run(&place, &site).await;

    // twice in one batch
    let mut twice = rows(t0, 300, 0.0);
    twice.extend(rows(t0 + 100_000, 100, 5000.0));
    write(&mut hub, &site, &mut model, &twice).await;
    holds(&hub, &model).await;
    hub.store.upkeep().await.unwrap();
    holds(&hub, &model).await;
    assert_eq!((ask(&server, KEYS).await, ask(&server, PLAIN).await), (0, 0), "everything is compressed");
    assert!(ask(&server, COMPRESSED).await > 0);
    assert_eq!(ask(&server, KEPT).await, model.len() as i64);

    // a device repeats its buffer with some that are new, and some from before everything
    write(&mut hub, &site, &mut model, &rows(t0 + 200_000, 300, 9000.0)).await;
    write(&mut hub, &site, &mut model, &rows(t0 - 30 * MINUTE, 60, 1.0)).await;
    holds(&hub, &model).await;
    hub.store.upkeep().await.unwrap();
    holds(&hub, &model).await;

    // late: between what is compressed, few of a point and so not worth compressing
    write(&mut hub, &site, &mut model, &rows(t0 + 500, 1, 3.0)).await;
    write(&mut hub, &site, &mut model, &rows(t0 + 10_000, 1, 4.0)).await;
    hub.store.upkeep().await.unwrap();
    holds(&hub, &model).await;
    assert!(ask(&server, PLAIN).await > 0);

    // a file with what is there and what is not, beside the running hub
    let mut import = hub.store.import(site.clone(), "file").await.unwrap();
    let more = rows(t0 + 400_000, 400, 7.0);
    let number = |s: &Sample| import.number(&format!("s-{}/inlet", s.point.0 / 2)).unwrap();
    let taken: Vec<_> = more.iter().map(|s| (number(s), s.ts.ms(), Some(s.value), s.quality)).collect();
    import.put(taken.len() as u64, &taken).await.unwrap();
    for s in &more {
        model.entry((s.point.0 / 2, s.ts.ms())).or_insert(s.value);
    }
    holds(&hub, &model).await;
    hub.store.upkeep().await.unwrap();
    holds(&hub, &model).await;

    // across a restart
    hub.stop().await;
    let mut hub = run(&place, &site).await;
    holds(&hub, &model).await;
    let last = hub.store.load(&site).await.unwrap().values;
    assert_eq!(last.len(), STATIONS);
    assert!(last.iter().all(|(_, v)| v.ts.ms() == t0 + 799_000 && v.value == 406.0), "{last:?}");
    write(&mut hub, &site, &mut model, &rows(t0 + 700_000, 300, 8000.0)).await;

    // the server dies while it is sorted in, wherever that is; the hub tries again
    for wait in [0, 5, 20, 60] {
        write(&mut hub, &site, &mut model, &rows(t0 + wait * 60_000, 600, 20_000.0)).await;
        let dies = async {
            tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap())).await;
            server.down();
            server.up().await;
        };
        // whether it was through before or not
        let _ = tokio::join!(hub.store.upkeep(), dies);
        let deadline = tokio::time::Instant::now() + Duration::from_secs(200);
        while hub.store.upkeep().await.is_err() {
            assert!(tokio::time::Instant::now() < deadline, "it never sorted in again");
        }
        holds(&hub, &model).await;
    }
    assert_eq!(ask(&server, KEPT).await, model.len() as i64);

    // the database's own job joins the small parts
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    sqlx::query("SELECT compress_chunk(c) FROM show_chunks('sample_kept') AS c")
        .execute(&mut connection)
        .await
        .unwrap();
    let beside = "SELECT count(*) FROM _timescaledb_catalog.chunk WHERE status & 8 <> 0";
    assert_eq!(ask(&server, beside).await, 0, "nothing stands beside what is compressed");
    holds(&hub, &model).await;
    let minutes = hub.history("s-1/inlet", t0, t0 + 60 * MINUTE, 10).await;
    assert!(!minutes.1.is_empty(), "{minutes:?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_a_key_is_taken_over_and_can_have_it_back() {
    let Some(server) = Postgres::timescale(SETTINGS).await else { return };
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(&server.url(), dir.path());
    let (site, mut model, t0) = (site(), Model::new(), hours_ago());
    let store = linepack::store::Store::open(&place.settings, &place.dir).await.unwrap();
    store.adopt(site.clone()).await.unwrap();
    store.close().await;
    assert_eq!(ask(&server, KEYS).await, 1);
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let old = "INSERT INTO sample_kept SELECT id, $1 + s * 1000, s, 0 FROM point, generate_series(0, 99) AS s
        WHERE name LIKE '%/inlet'";
    sqlx::query(old).bind(t0).execute(&mut connection).await.unwrap();
    for s in rows(t0, 100, 0.0) {
        model.insert((s.point.0 / 2, s.ts.ms()), s.value);
    }
    let mut hub = run(&place, &site).await;
    write(&mut hub, &site, &mut model, &rows(t0 + 50_000, 100, 700.0)).await;
    hub.store.upkeep().await.unwrap();
    assert_eq!(ask(&server, KEYS).await, 0);
    holds(&hub, &model).await;

    // another hub sorts in: this one waits, and sees what that one brought
    let mut other = connection.begin().await.unwrap();
    sqlx::query("TRUNCATE sample_fresh").execute(&mut *other).await.unwrap();
    write(&mut hub, &site, &mut model, &rows(t0 + 200_000, 100, 1.0)).await;
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'TRUNCATE%'";
    let theirs = "INSERT INTO sample_kept SELECT id, $1, 555, 0 FROM point WHERE name LIKE '%/inlet'";
    let brings = async {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        while ask(&server, waits).await == 0 {
            assert!(tokio::time::Instant::now() < deadline, "it does not wait");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sqlx::query(theirs).bind(t0 + 250_000).execute(&mut *other).await.unwrap();
        other.commit().await.unwrap();
    };
    tokio::join!(hub.store.upkeep(), brings).0.unwrap();
    for station in 0..STATIONS {
        model.insert((u32::try_from(station).unwrap(), t0 + 250_000), 555.0);
    }
    holds(&hub, &model).await;
    hub.stop().await;

    for statement in
        ["DROP INDEX sample_kept_at", "ALTER TABLE sample_kept ADD CONSTRAINT sample_pkey PRIMARY KEY (point, ts)"]
    {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    assert_eq!(ask(&server, KEYS).await, 1, "no moment is there twice");
}
