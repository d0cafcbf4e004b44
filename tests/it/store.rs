//! The store: one contract, on every kind of database; and what the log promises when things go wrong.

mod accounts;
mod commands;
mod contract;
mod direct;
mod figures;
mod history;
mod models;
mod objects;
mod outage;
mod site;
mod spool;
mod steps;
mod trail;

use std::path::PathBuf;
use std::time::Duration;

use linepack::site::StoreSettings;

use crate::harness::postgres::Postgres;
use crate::harness::timescale::Timescale;

/// Where a store lives.
pub(crate) struct Place {
    pub(crate) settings: StoreSettings,
    pub(crate) dir: PathBuf,
}

impl Place {
    pub(crate) fn new(url: &str, dir: &std::path::Path) -> Self {
        let day = Duration::from_secs(86_400);
        let settings = StoreSettings {
            url: url.to_owned(),
            spool_mib: 64,
            retain_raw: 90 * day,
            retain_minute: 1000 * day,
            retain_hour: 10_000 * day,
            retain_commands: 10_000 * day,
        };
        Self { settings, dir: dir.to_owned() }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    contract::suite(&Place::new("sqlite://data/hub.db", dir.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_the_contract() {
    let server = Postgres::start().await;
    let dir = tempfile::tempdir().unwrap();
    contract::suite(&Place::new(&server.url(), dir.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timescaledb_keeps_the_contract() {
    let server = Timescale::start();
    let dir = tempfile::tempdir().unwrap();
    contract::suite(&Place::new(&server.url(), dir.path())).await;
}

/// The one above knows no COPY and no jobs of its own; this one runs where a whole server is installed.
#[tokio::test(flavor = "multi_thread")]
async fn a_timescaledb_server_keeps_the_contract() {
    let settings = &["fsync=off", "shared_preload_libraries=timescaledb", "timescaledb.telemetry_level=off"];
    let Some(server) = Postgres::timescale(settings).await else { return };
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new(&server.url(), dir.path());
    contract::suite(&place).await;
    let store = linepack::store::Store::open(&place.settings, &place.dir).await.unwrap();
    assert_eq!(store.status().kind, "timescaledb");
    store.close().await;
}
