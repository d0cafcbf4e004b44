//! Runs of a shard become blocks, and what the blocks come to a run of the next coarser level: one transaction a shard, so
//! that memory holds one shard at a time.

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::time::Instant;

use super::late;
use super::runs::{self, Insert, POINTS, Run, Runs};
use super::{damage, work};
use crate::store::block::{self, Bucket, Level, Measured, Row, Scratch, floor};
use crate::store::sql::sqlite as sql;

/// Rows of a shard before it is folded, whatever is in them: a reader looks at each. Those of aggregates are larger.
const fn rows(level: Level) -> usize {
    if matches!(level, Level::Raw) { 128 } else { 32 }
}

/// New samples a point, on average of a full shard, before it is folded.
const ENOUGH: usize = 2048;
/// A block has so many at least, unless its time has come.
const LEAST: usize = 512;
/// And about so many at most.
const MOST: usize = 2048;
/// So many samples of one point that belong into older blocks are worth rewriting those.
const LATE: usize = 64;

/// What is folded that could wait.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::store) struct Force {
    /// Whatever waits for older blocks.
    pub(in crate::store) late: bool,
    /// Whatever is older than this, ms: it is going to be dropped.
    pub(in crate::store) before: Option<i64>,
}

/// The newest block of a point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    pub(super) to: i64,
    pub(super) end: Measured,
}

/// A row of table `block`, to be.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) point: u32,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) n: usize,
    pub(super) end: (Option<f64>, u8),
    pub(super) data: Vec<u8>,
}

/// Folds every shard that has enough, finest level first; whether all was done by `until`.
pub(in crate::store) async fn fold_due(
    writer: &SqlitePool,
    runs: &Runs,
    force: Force,
    until: Instant,
) -> Result<bool, sqlx::Error> {
    for level in Level::ALL {
        if !fold_level(writer, runs, level, force, until).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Folds the shards of one level that have enough.
pub(super) async fn fold_level(
    writer: &SqlitePool,
    runs: &Runs,
    level: Level,
    force: Force,
    until: Instant,
) -> Result<bool, sqlx::Error> {
    let mut after = -1;
    loop {
        let next = runs.next(level, after, |w| {
            w.rows >= rows(level)
                || w.n - w.left >= ENOUGH * POINTS as usize
                || (w.rows > 1 && w.n - w.left >= 4 * ENOUGH)
                || (force.late && (w.late || w.n > w.left))
                || force.before.is_some_and(|b| w.from < b)
        });
        let Some(shard) = next else { return Ok(true) };
        match level {
            Level::Raw => fold::<Measured>(writer, runs, level, shard, force).await?,
            Level::Minute | Level::Hour => fold::<Bucket>(writer, runs, level, shard, force).await?,
        }
        after = shard;
        if Instant::now() >= until {
            return Ok(false);
        }
    }
}

/// What one shard's runs become.
struct Made<T> {
    blocks: Vec<Block>,
    /// What stays a run.
    rest: Vec<(u32, Vec<T>)>,
    coarser: Vec<(u32, Bucket)>,
}

async fn fold<T: Row>(
    writer: &SqlitePool,
    runs: &Runs,
    level: Level,
    shard: i64,
    force: Force,
) -> Result<(), sqlx::Error> {
    let mut connection = writer.acquire().await?;
    // reads first: without the lock from the start another writer could make the reads outdated
    let mut tx = connection.begin_with(sql::BEGIN).await?;
    let stored: Vec<(i64, Vec<u8>)> =
        sqlx::query_as(sql::RUNS_OF).bind(level.code()).bind(shard).fetch_all(&mut *tx).await?;
    let (mut points, damaged) = work(move || Ok(merge::<T>(shard, &stored))).await?;
    for id in damaged {
        damage("run");
        sqlx::query(sql::RUN_ASIDE).bind(id).execute(&mut *tx).await?;
    }
    sqlx::query(sql::RUNS_DELETE).bind(level.code()).bind(shard).execute(&mut *tx).await?;
    let mut tails = tails(&mut tx, level, shard).await?;
    let mut coarser = Vec::new();
    let mut waiting = Vec::new();
    for (point, rows) in &mut points {
        let Some(tail) = tails.get(point).copied() else { continue };
        // what belongs into blocks that are there
        let fresh = rows.partition_point(|r| floor(r.ts(), level.align()) <= floor(tail.to, level.align()));
        let late: Vec<T> = rows.drain(..fresh).collect();
        let oldest = late.first().map_or(i64::MAX, Row::ts);
        if late.len() >= LATE || (force.late && !late.is_empty()) || force.before.is_some_and(|b| oldest < b) {
            let next = rows.first().map(Row::ts);
            let (made, tail) = late::put(&mut tx, level, *point, late, tail, next).await?;
            coarser.extend(made.into_iter().map(|b| (*point, b)));
            tails.insert(*point, tail);
        } else if !late.is_empty() {
            waiting.push((*point, late));
        }
    }
    let late = !waiting.is_empty();
    let made = work(move || {
        let mut made = Made { blocks: vec![], rest: waiting, coarser };
        let mut room = Scratch::default();
        for (point, rows) in points {
            settle(&mut made, level, point, rows, tails.get(&point), force, &mut room);
        }
        // a point may have rows that are late and others that are too few
        made.rest.sort_by_key(|r| r.0);
        let mut rest: Vec<(u32, Vec<T>)> = Vec::with_capacity(made.rest.len());
        for (point, rows) in made.rest {
            match rest.last_mut() {
                Some(last) if last.0 == point => last.1.extend(rows),
                _ => rest.push((point, rows)),
            }
        }
        let rest: Vec<(u32, &[T])> = rest.iter().map(|(point, rows)| (*point, rows.as_slice())).collect();
        let rest = (!rest.is_empty()).then(|| runs::run(&rest, &mut room));
        Ok((made.blocks, rest, runs::of(made.coarser)))
    })
    .await?;
    let (blocks, rest, next): (Vec<Block>, Option<Run>, Vec<Run>) = made;
    insert(&mut tx, level, &blocks).await?;
    runs::insert(&mut tx, level, rest.as_slice()).await?;
    if let Some(level) = above(level) {
        runs::insert(&mut tx, level, &next).await?;
    }
    tx.commit().await?;
    runs.left(level, shard, rest.as_ref(), late);
    if let Some(level) = above(level) {
        runs.added(level, &next);
    }
    Ok(())
}

/// The next coarser level.
pub(super) const fn above(level: Level) -> Option<Level> {
    match level {
        Level::Raw => Some(Level::Minute),
        Level::Minute => Some(Level::Hour),
        Level::Hour => None,
    }
}

/// Rows of one point.
type OfPoint<T> = (u32, Vec<T>);

/// All rows of a shard's runs (oldest first) by point, in time order, each time once; and the runs that cannot be read.
fn merge<T: Row>(shard: i64, runs: &[(i64, Vec<u8>)]) -> (Vec<OfPoint<T>>, Vec<i64>) {
    let first = shard * i64::from(POINTS);
    let mut points: Vec<OfPoint<T>> =
        (first..).take(POINTS as usize).filter_map(|p| Some((u32::try_from(p).ok()?, vec![]))).collect();
    let mut damaged = Vec::new();
    let mut room = Scratch::default();
    for (id, data) in runs {
        let read = block::Run::new(data).and_then(|run| {
            for (place, point) in run.points().enumerate() {
                let slot = usize::try_from(i64::from(point) - first).map_err(|_| block::Damaged)?;
                let (_, rows) = points.get_mut(slot).ok_or(block::Damaged)?;
                run.read(place, &mut room, rows)?;
            }
            Ok(())
        });
        if read.is_err() {
            damaged.push(*id);
        }
    }
    points.retain_mut(|(_, rows)| {
        block::settle(rows);
        !rows.is_empty()
    });
    (points, damaged)
}

/// What of a point's newest rows can become blocks does.
fn settle<T: Row>(
    made: &mut Made<T>,
    level: Level,
    point: u32,
    rows: Vec<T>,
    tail: Option<&Tail>,
    force: Force,
    room: &mut Scratch,
) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
    // the newest span may still grow, unless its time is up
    let old = force.before.is_some_and(|b| first.ts() < b);
    let mut end = floor(last.ts(), level.align());
    if let Some(before) = force.before.filter(|_| old) {
        end = end.max(floor(before, level.align()));
    }
    let cut = rows.partition_point(|r| r.ts() < end);
    let (whole, rest) = rows.split_at(cut);
    if whole.is_empty() || (whole.len() < LEAST && !old) {
        made.rest.push((point, rows));
        return;
    }
    let until = rest.first().or(whole.last()).map_or(end, |r| floor(r.ts(), level.align()));
    let until = if rest.is_empty() { until.saturating_add(level.align()) } else { until };
    let buckets = T::coarser(level, tail.map(|t| t.end), whole, until);
    made.coarser.extend(buckets.into_iter().map(|b| (point, b)));
    cut_blocks(level, point, whole, room, &mut made.blocks);
    if !rest.is_empty() {
        made.rest.push((point, rest.to_vec()));
    }
}

/// Blocks of about equal size that end where spans end.
pub(super) fn cut_blocks<T: Row>(level: Level, point: u32, rows: &[T], room: &mut Scratch, blocks: &mut Vec<Block>) {
    let parts = rows.len().div_ceil(MOST).max(1);
    let each = rows.len().div_ceil(parts).max(1);
    let mut rest = rows;
    while let Some(at) = rest.get(each.min(rest.len()).saturating_sub(1)) {
        let span = floor(at.ts(), level.align());
        let cut = rest.partition_point(|r| floor(r.ts(), level.align()) <= span);
        let (these, others) = rest.split_at(cut);
        if let (Some(first), Some(last)) = (these.first(), these.last()) {
            let (from, to, end) = (first.ts(), last.ts(), last.end());
            blocks.push(Block { point, from, to, n: these.len(), end, data: block::seal(these, room) });
        }
        rest = others;
    }
}

pub(super) async fn insert(tx: &mut SqliteConnection, level: Level, blocks: &[Block]) -> Result<(), sqlx::Error> {
    let (eights, rest) = blocks.as_chunks::<8>();
    for eight in eights {
        let query = eight.iter().fold(sqlx::query(sql::BLOCK_ADD_8), |query, block| bind(query, level, block));
        query.execute(&mut *tx).await?;
    }
    for block in rest {
        bind(sqlx::query(sql::BLOCK_ADD), level, block).execute(&mut *tx).await?;
    }
    Ok(())
}

fn bind<'a>(query: Insert<'a>, level: Level, b: &'a Block) -> Insert<'a> {
    query
        .bind(level.code())
        .bind(i64::from(b.point))
        .bind(b.from)
        .bind(b.to)
        .bind(i64::try_from(b.n).unwrap_or(i64::MAX))
        .bind(b.end.0)
        .bind(i64::from(b.end.1))
        .bind(b.data.as_slice())
}

async fn tails(
    tx: &mut SqliteConnection,
    level: Level,
    shard: i64,
) -> Result<std::collections::HashMap<u32, Tail>, sqlx::Error> {
    let first = shard * i64::from(POINTS);
    let rows: Vec<(i64, i64, Option<f64>, i64)> = sqlx::query_as(sql::BLOCK_TAILS)
        .bind(level.code())
        .bind(first)
        .bind(first + i64::from(POINTS))
        .fetch_all(tx)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(point, to, value, quality)| Some((u32::try_from(point).ok()?, tail(to, value, quality))))
        .collect())
}

pub(super) fn tail(to: i64, value: Option<f64>, quality: i64) -> Tail {
    let quality = u8::try_from(quality).unwrap_or(u8::MAX);
    Tail { to, end: Measured { ts: to, value: value.unwrap_or(f64::NAN), quality } }
}
