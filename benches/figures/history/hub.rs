//! Log, writer and SQLite as they are in the hub, without the rest of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use linepack::lifecycle::Tasks;
use linepack::site::StoreSettings;
use linepack::store::{HistoryQuery, Log, Store};
use linepack_core::Sample;

use crate::registry::registry;
use crate::stats::{Delays, now_us};

/// A historian on a folder.
pub(super) struct Historian {
    pub(super) store: Store,
    log: Option<Log>,
    tasks: Tasks,
    points: u32,
}

impl Historian {
    /// With an even number of points.
    pub(super) async fn start(dir: &Path, points: u32, spool_mib: u64) -> Self {
        let day = Duration::from_secs(86_400);
        let settings = StoreSettings {
            url: "sqlite://data/hub.db".to_owned(),
            spool_mib,
            retain_raw: 400 * day,
            retain_minute: 1000 * day,
            retain_hour: 10_000 * day,
            retain_commands: 10_000 * day,
        };
        let names: Vec<String> = (0..points / 2).map(|i| format!("t-{i:06}")).collect();
        let site = registry(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let store = Store::open(&settings, dir).await.expect("opens");
        let tasks = Tasks::new();
        let log = store.start(Arc::clone(&site), &tasks).await.expect("starts");
        Self { store, log: Some(log), tasks, points }
    }

    /// Makes samples durable, as one commit of the hub.
    pub(super) fn commit(&mut self, samples: &[Sample]) {
        commit(self.log.as_mut().expect("not lent"), samples);
    }

    /// The log, for a thread that writes while others ask; must come back before the end.
    pub(super) fn lend(&mut self) -> Log {
        self.log.take().expect("not lent")
    }

    /// The log is back.
    pub(super) fn back(&mut self, log: Log) {
        self.log = Some(log);
    }

    /// Waits until the database has all of it.
    pub(super) async fn caught_up(&self) {
        while self.store.status().behind_ms > 0 {
            self.store.caught_up().await;
        }
    }

    fn name(&self, point: u32) -> String {
        format!("t-{:06}/{}", point % self.points / 2, ["inlet", "outlet"][(point % 2) as usize])
    }

    /// How fine the answer for one point is.
    pub(super) async fn resolution(&self, point: u32, span: (i64, i64)) -> String {
        self.store.history(&self.query(&[point], span)).await.expect("answers").resolution
    }

    /// Samples of a point, each later than the one before.
    pub(super) async fn count(&self, point: u32, span: (i64, i64)) -> i64 {
        let mut samples = self.store.samples(&self.name(point), span.0, span.1).await.expect("answers");
        let (mut n, mut last) = (0, i64::MIN);
        loop {
            let part = samples.next().await.expect("answers");
            if part.is_empty() {
                return n;
            }
            for s in part {
                assert!(s.ts_ms > last, "in order");
                (n, last) = (n + 1, s.ts_ms);
            }
        }
    }

    fn query(&self, points: &[u32], span: (i64, i64)) -> HistoryQuery {
        let points = points.iter().map(|&p| self.name(p)).collect();
        HistoryQuery { points, from_ms: span.0, to_ms: span.1, max_points: 1000 }
    }

    /// How long a screen waits for points over a span, asked `times` times, each time `step` points further on.
    pub(super) async fn ask(&self, points: &[u32], span: (i64, i64), times: u32, step: u32) -> Delays {
        let mut delays = Delays::default();
        for i in 0..times {
            let points: Vec<u32> = points.iter().map(|p| p + i * step).collect();
            let query = self.query(&points, span);
            let from = now_us();
            let answer = self.store.history(&query).await.expect("answers");
            delays.0.push(now_us() - from);
            assert!(answer.series.iter().all(|s| !s.rows.is_empty()), "rows of every point");
        }
        delays
    }

    pub(super) async fn stop(self) {
        drop(self.log);
        self.tasks.stop();
        self.store.close().await;
        self.tasks.finish(Duration::from_secs(10)).await.expect("stops");
    }
}

/// Makes samples durable, as one commit of the hub.
pub(super) fn commit(log: &mut Log, samples: &[Sample]) {
    for part in samples.chunks(10_000) {
        log.append(&[], part).expect("appended");
    }
    log.sync().expect("synced");
}

/// Bytes of the database file.
pub(super) fn file_bytes(dir: &Path) -> f64 {
    std::fs::metadata(dir.join("data/hub.db")).map_or(0.0, |m| m.len() as f64)
}
