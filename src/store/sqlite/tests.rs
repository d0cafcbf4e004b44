//! The tables against what is simple: all samples of a point in one list.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::{Force, apply, tend};
use crate::site::StoreSettings;
use crate::store::Store;
use crate::store::aggregate::HistoryAggregate;
use crate::store::block::{HOLD, HOUR, MINUTE};
use crate::store::db::Db;
use crate::store::log::{Frame, StoredSample};
use crate::store::sql;

/// A full hour.
const T0: i64 = 1_800_000_000_000 / HOUR * HOUR;
const LOG: &str = "log";

/// What is done to the tables.
#[derive(Clone, Debug)]
enum Step {
    /// So many samples, these milliseconds apart, from so many milliseconds after the last (before: negative).
    Write {
        n: usize,
        step: i64,
        skip: i64,
    },
    /// One sample that is bad.
    Bad,
    Fold {
        late: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1usize..1500, prop::sample::select(vec![1000i64, 7_000, 61_000]), prop::sample::select(vec![1i64, 5_000, 900_000, 7_200_000]))
            .prop_map(|(n, step, skip)| Step::Write { n, step, skip }),
        2 => (1usize..80, Just(333i64), -20_000_000i64..-1).prop_map(|(n, step, skip)| Step::Write { n, step, skip }),
        1 => Just(Step::Bad),
        2 => any::<bool>().prop_map(|late| Step::Fold { late }),
    ]
}

struct Tables {
    store: Store,
    seq: u64,
    newest: i64,
    /// Value and quality by time, the first that came.
    all: BTreeMap<i64, (f64, u8)>,
    _dir: tempfile::TempDir,
}

impl Tables {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keep = Duration::from_secs(86_400 * 10_000);
        let settings = StoreSettings {
            url: "sqlite://hub.db".into(),
            spool_mib: 64,
            retain_raw: keep,
            retain_minute: keep,
            retain_hour: keep,
            retain_commands: keep,
        };
        let store = Store::open(&settings, dir.path()).await.unwrap();
        let Db::Sqlite { writer, .. } = store.db() else { panic!("not SQLite") };
        sqlx::query(sql::POSITION_NEW).bind(LOG).execute(writer).await.unwrap();
        sqlx::query(sql::sqlite::POINTS_ADD).bind("[\"a/p\"]").execute(writer).await.unwrap();
        Self { store, seq: 0, newest: T0, all: BTreeMap::new(), _dir: dir }
    }

    async fn write(&mut self, samples: Vec<(i64, f64, u8)>) {
        let Db::Sqlite { writer, runs, .. } = self.store.db() else { panic!("not SQLite") };
        let stored = samples.iter().map(|&(ts, value, quality)| StoredSample { point: 1, ts, value, quality });
        let frame = Frame { seq: self.seq + 1, at: 0, records: vec![], samples: stored.collect() };
        apply(writer, runs, LOG, self.seq, &[frame]).await.unwrap();
        self.seq += 1;
        for (ts, value, quality) in samples {
            self.all.entry(ts).or_insert((value, quality));
            self.newest = self.newest.max(ts);
        }
    }

    async fn fold(&self, late: bool) {
        let Db::Sqlite { writer, runs, .. } = self.store.db() else { panic!("not SQLite") };
        let force = Force { late, before: None };
        while !tend(writer, runs, force, Duration::from_secs(10)).await.unwrap() {}
    }

    async fn aggregates(&self, from: i64, to: i64, every: i64) -> Vec<HistoryAggregate> {
        let mut reading = self.store.aggregates("a/p", from, to, every).await.unwrap();
        let mut all = vec![];
        while let Some(part) = reading.next().await.unwrap() {
            all.extend(part);
        }
        all
    }

    /// A bucket, from the list of all samples.
    fn expected(&self, begin: i64, end: i64, to: i64) -> (u64, i64, f64, Option<(f64, i64)>) {
        let (mut n, mut covered, mut integral, mut highest) = (0, 0, 0.0, None::<(f64, i64)>);
        let near = self.all.range(begin - HOLD..end);
        for (&ts, &(value, quality)) in near {
            if quality >= 0x20 {
                continue;
            }
            let next = self.all.range(ts + 1..).next().map_or(i64::MAX, |n| *n.0);
            let (holds, ends) = (ts.max(begin), next.min(ts + HOLD).min(end).min(to));
            if holds < ends {
                covered += ends - holds;
                integral += value * (ends - holds) as f64;
            }
            if ts >= begin {
                n += 1;
                if highest.is_none_or(|h| value > h.0) {
                    highest = Some((value, ts));
                }
            }
        }
        (n, covered, integral, highest)
    }

    async fn check(&self, from: i64, to: i64, every: i64) {
        let made: BTreeMap<i64, HistoryAggregate> =
            self.aggregates(from, to, every).await.into_iter().map(|a| (a.start_ms, a)).collect();
        let mut begin = from;
        while begin < to {
            let (n, covered, integral, highest) = self.expected(begin, (begin + every).min(to), to);
            let got = made.get(&begin);
            let told = got.map_or((0, 0, None), |a| (a.n, a.covered_ms, a.highest));
            assert_eq!(told, (n, covered, highest), "from {} of {from}..{to} every {every}", begin - T0);
            let sum = got.map_or(0.0, |a| a.integral);
            assert!((sum - integral).abs() <= 1e-6 * integral.abs().max(1.0), "{sum} for {integral}");
            begin += every;
        }
        assert!(made.keys().all(|ts| (ts - from) % every == 0), "only whole steps begin");
    }
}

async fn scenario(steps: Vec<Step>, spans: Vec<(i64, i64, i64)>) {
    let mut tables = Tables::new().await;
    let mut value = 1000i64;
    for step in steps {
        match step {
            Step::Write { n, step, skip } => {
                let begin = (tables.newest + skip).max(T0 - 20_000_000);
                let n = i64::try_from(n).unwrap();
                let samples = (0..n).map(|i| {
                    value = (value * 31 + i) % 2000;
                    (begin + i * step + i % 3, value as f64 / 10.0, 0)
                });
                let samples = samples.collect();
                tables.write(samples).await;
            }
            Step::Bad => {
                let ts = tables.newest + 1;
                tables.write(vec![(ts, f64::NAN, 0x22)]).await;
            }
            Step::Fold { late } => tables.fold(late).await,
        }
    }
    let whole = tables.newest + HOLD + 1 - T0;
    for (from, to, every) in spans {
        let (from, to) = (T0 + from, T0 + to.rem_euclid(whole));
        // a few hundred buckets are enough
        let to = to.min(from + 400 * every);
        tables.check(from, to, every).await;
        let floor = |width: i64| from.div_euclid(width) * width;
        tables.check(floor(MINUTE), to, every.div_euclid(MINUTE).max(1) * MINUTE).await;
        tables.check(floor(HOUR), to, every.div_euclid(HOUR).max(1) * HOUR).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn aggregates_at_any_step_are_those_of_all_samples(
        steps in prop::collection::vec(step(), 1..8),
        spans in prop::collection::vec((-10_000_000i64..10_000_000, any::<i64>(), 1_000i64..100_000_000), 1..4),
    ) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(scenario(steps, spans));
    }
}

async fn samples(store: &Store) -> Vec<(i64, Option<f64>, u8)> {
    let mut reading = store.samples("a/p", T0 - 100 * HOUR, T0 + 100 * HOUR).await.unwrap();
    let mut all = vec![];
    loop {
        let part = reading.next().await.unwrap();
        if part.is_empty() {
            return all;
        }
        all.extend(part.into_iter().map(|s| (s.ts_ms, s.value, s.quality.code())));
    }
}

#[tokio::test]
async fn tables_of_the_first_version_are_read_at_any_time_of_their_conversion() {
    let tables = Tables::new().await;
    let Db::Sqlite { writer, runs, .. } = tables.store.db() else { panic!("not SQLite") };
    // more than one transaction takes
    let old = "WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 29999)
        INSERT INTO sample SELECT 1, $1 + n * 1000, CASE WHEN n = 7 THEN NULL ELSE n / 10.0 END, CASE WHEN n = 7 THEN 34 ELSE 0 END FROM i";
    sqlx::query(old).bind(T0).execute(writer).await.unwrap();
    let minute = "INSERT INTO sample_minute VALUES (1, $1, 60, 1.5, $1 + 5, 9.5, $1 + 7, 2.0, 3.0, 5.0, 16)";
    sqlx::query(minute).bind(T0 - 30 * MINUTE).execute(writer).await.unwrap();
    let hour = "INSERT INTO sample_hour VALUES (1, $1, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 34)";
    sqlx::query(hour).bind(T0 - 50 * HOUR).execute(writer).await.unwrap();

    let expected: Vec<_> = (0..30_000)
        .map(|n| (T0 + n * 1000, (n != 7).then_some(n as f64 / 10.0), if n == 7 { 34 } else { 0 }))
        .collect();
    assert_eq!(samples(&tables.store).await, expected);
    assert!(super::convert::convert(writer, runs).await.unwrap());
    assert_eq!(samples(&tables.store).await, expected, "half of it converted");
    tables.fold(false).await;
    assert_eq!(samples(&tables.store).await, expected);
    for table in
        ["SELECT count(*) FROM sample", "SELECT count(*) FROM sample_minute", "SELECT count(*) FROM sample_hour"]
    {
        let (left,): (i64,) = sqlx::query_as(table).fetch_one(writer).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
    let kept = tables.aggregates(T0 - 30 * MINUTE, T0 - 29 * MINUTE, MINUTE).await;
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((kept.n, kept.mean(), kept.lowest), (60, Some(5.0), Some((1.5, T0 - 30 * MINUTE + 5))));
    assert_eq!((kept.first, kept.last, kept.quality.code()), (Some(2.0), Some(3.0), 16));
    let kept = tables.aggregates(T0 - 50 * HOUR, T0 - 49 * HOUR, HOUR).await;
    assert_eq!(kept.iter().map(|a| (a.n, a.covered_ms)).collect::<Vec<_>>(), [(0, 0)]);
}
