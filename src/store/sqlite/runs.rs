//! Runs: what has come in and waits to become blocks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

use crate::store::block::{self, Level, Row, Scratch};
use crate::store::sql::sqlite as sql;

/// A statement that is given its values.
pub(super) type Insert<'a> = Query<'a, Sqlite, SqliteArguments>;

/// Points of a run.
pub(super) const POINTS: u32 = 64;

/// The run a point belongs to.
pub(super) fn shard(point: u32) -> i64 {
    i64::from(point / POINTS)
}

/// A row of table `run`, to be.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) shard: i64,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) n: usize,
    pub(super) data: Vec<u8>,
}

/// Runs of rows in the order they came.
pub(super) fn of<T: Row>(rows: Vec<(u32, T)>) -> Vec<Run> {
    let (points, mut rows) = by_point(rows);
    let mut rest = rows.as_mut_slice();
    let mut room = Scratch::default();
    points
        .chunk_by(|a, b| shard(a.0) == shard(b.0))
        .map(|part| {
            let mut of_points = Vec::with_capacity(part.len());
            for &(point, n) in part {
                let (these, others) = std::mem::take(&mut rest).split_at_mut(n);
                of_points.push((point, block::settled(these)));
                rest = others;
            }
            run(&of_points, &mut room)
        })
        .collect()
}

/// Each point with its number of rows; the rows by point, those of one in the order they came.
fn by_point<T: Row>(mut rows: Vec<(u32, T)>) -> (Vec<(u32, usize)>, Vec<T>) {
    let Some(&(_, some)) = rows.first() else { return Default::default() };
    let (low, high) = rows.iter().fold((u32::MAX, 0), |(low, high), r| (low.min(r.0), high.max(r.0)));
    let span = (high - low) as usize + 1;
    if span / 8 > rows.len() + 8192 {
        // numbers far apart are not counted each
        rows.sort_by_key(|r| r.0);
        let points = rows.chunk_by(|a, b| a.0 == b.0).map(|part| (part[0].0, part.len())).collect();
        return (points, rows.into_iter().map(|r| r.1).collect());
    }
    let mut next = vec![0usize; span];
    for (point, _) in &rows {
        next[(point - low) as usize] += 1;
    }
    let (mut points, mut sum) = (Vec::new(), 0);
    for (point, slot) in (low..=high).zip(next.iter_mut()) {
        let n = std::mem::replace(slot, sum);
        sum += n;
        if n > 0 {
            points.push((point, n));
        }
    }
    let mut sorted = vec![some; rows.len()];
    for (point, row) in rows {
        let at = &mut next[(point - low) as usize];
        sorted[*at] = row;
        *at += 1;
    }
    (points, sorted)
}

/// The run of points of one shard, ascending, each with rows in time order; none is empty.
pub(super) fn run<T: Row>(points: &[(u32, &[T])], room: &mut Scratch) -> Run {
    let of = |row: Option<&T>| row.map(Row::ts);
    Run {
        shard: points.first().map_or(0, |p| shard(p.0)),
        from: points.iter().filter_map(|p| of(p.1.first())).min().unwrap_or(0),
        to: points.iter().filter_map(|p| of(p.1.last())).max().unwrap_or(0),
        n: points.iter().map(|p| p.1.len()).sum(),
        data: block::pack(points.iter().copied(), room),
    }
}

/// Adds runs to the table.
pub(super) async fn insert(tx: &mut SqliteConnection, level: Level, runs: &[Run]) -> Result<(), sqlx::Error> {
    let (eights, rest) = runs.as_chunks::<8>();
    for eight in eights {
        let query = eight.iter().fold(sqlx::query(sql::RUN_ADD_8), |query, run| bind(query, level, run));
        query.execute(&mut *tx).await?;
    }
    for run in rest {
        bind(sqlx::query(sql::RUN_ADD), level, run).execute(&mut *tx).await?;
    }
    Ok(())
}

fn bind<'a>(query: Insert<'a>, level: Level, run: &'a Run) -> Insert<'a> {
    query
        .bind(level.code())
        .bind(run.shard)
        .bind(run.from)
        .bind(run.to)
        .bind(i64::try_from(run.n).unwrap_or(i64::MAX))
        .bind(run.data.as_slice())
}

/// What waits in one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Rows of the table.
    pub(super) rows: usize,
    /// Samples or aggregates.
    pub(super) n: usize,
    /// Of these, so many were left over by the last fold.
    pub(super) left: usize,
    /// Some of these belong into blocks that are there.
    pub(super) late: bool,
    /// Oldest time, ms.
    pub(super) from: i64,
}

/// What waits, by level and shard; the table's own figures, kept at hand.
#[derive(Debug, Default)]
pub(in crate::store) struct Runs(Mutex<HashMap<(Level, i64), Waiting>>);

impl Runs {
    /// As the table has it.
    pub(in crate::store) async fn load(pool: &SqlitePool) -> Result<Self, sqlx::Error> {
        let mut all = HashMap::new();
        for level in Level::ALL {
            let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(sql::RUNS).bind(level.code()).fetch_all(pool).await?;
            for (shard, rows, n, from) in rows {
                let [rows, n] = [rows, n].map(|v| usize::try_from(v).unwrap_or(0));
                all.insert((level, shard), Waiting { rows, n, left: 0, late: false, from });
            }
        }
        Ok(Self(Mutex::new(all)))
    }

    /// Looks at the table again: an import may have added runs from outside.
    pub(super) async fn refresh(&self, pool: &SqlitePool) -> Result<(), sqlx::Error> {
        let found = Self::load(pool).await?;
        let mut all = self.all();
        for (key, waiting) in found.all().iter() {
            all.entry(*key).or_insert(*waiting);
        }
        Ok(())
    }

    pub(super) fn added(&self, level: Level, runs: &[Run]) {
        let mut all = self.all();
        for run in runs {
            let w = all.entry((level, run.shard)).or_insert(Waiting {
                rows: 0,
                n: 0,
                left: 0,
                late: false,
                from: i64::MAX,
            });
            w.rows += 1;
            w.n += run.n;
            w.from = w.from.min(run.from);
        }
    }

    /// A fold has left this, or nothing.
    pub(super) fn left(&self, level: Level, shard: i64, left: Option<&Run>, late: bool) {
        match left {
            Some(run) => {
                self.all().insert((level, shard), Waiting { rows: 1, n: run.n, left: run.n, late, from: run.from });
            }
            None => {
                self.all().remove(&(level, shard));
            }
        }
    }

    /// A shard of `level` that satisfies `due`, after `after`.
    pub(super) fn next(&self, level: Level, after: i64, due: impl Fn(&Waiting) -> bool) -> Option<i64> {
        let all = self.all();
        all.iter().filter(|((l, s), w)| *l == level && *s > after && due(w)).map(|((_, s), _)| *s).min()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<(Level, i64), Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
