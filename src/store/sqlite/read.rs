//! Reads blocks and runs as one, a bounded part at a time.

use std::collections::HashMap;

use sqlx::{Acquire, SqliteConnection, SqlitePool};

use super::runs::{POINTS, shard};
use super::{readable, work};
use crate::store::block::{self, Bucket, Level, Measured, Row, Scratch};
use crate::store::sql::sqlite as sql;

/// Blocks of one part.
const BLOCKS: i64 = 16;
/// Names of points read at once.
const NAMES: i64 = 1 << 16;
/// Shards of which the newest samples are read at once.
const SHARDS: i64 = 32;

/// Samples from `from` on, before `to`, in time order, each time once; and where the next part begins, if there is one.
pub(in crate::store) async fn page(
    pool: &SqlitePool,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Measured>, Option<i64>), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    // one picture of the tables: a fold may move rows from runs to blocks between two statements
    let mut tx = connection.begin().await?;
    let part = page_of(&mut tx, point, from, to).await?;
    tx.commit().await?;
    Ok(part)
}

/// The same within a picture of the tables.
pub(super) async fn page_of(
    tx: &mut SqliteConnection,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Measured>, Option<i64>), sqlx::Error> {
    let (blocks, next) = blocks(tx, Level::Raw, point, from, to).await?;
    let to = next.unwrap_or(to);
    let old: Vec<(i64, Option<f64>, i64)> =
        sqlx::query_as(sql::OLD_SAMPLES_OF).bind(i64::from(point)).bind(from).bind(to).fetch_all(&mut *tx).await?;
    let runs = runs(tx, Level::Raw, point, from, to).await?;
    let rows = work(move || {
        let mut rows: Vec<Measured> = Vec::new();
        for (data,) in &blocks {
            rows.extend(readable(block::open::<Measured>(data)));
        }
        rows.extend(old.into_iter().map(|(ts, value, quality)| Measured {
            ts,
            value: value.unwrap_or(f64::NAN),
            quality: u8::try_from(quality).unwrap_or(u8::MAX),
        }));
        for (data,) in &runs {
            rows.extend(readable(block::unpack_one::<Measured>(data, point)));
        }
        block::settle(&mut rows);
        rows.retain(|r| (from..to).contains(&r.ts));
        Ok(rows)
    })
    .await?;
    Ok((rows, next))
}

/// All of it.
pub(super) async fn all(
    tx: &mut SqliteConnection,
    point: u32,
    from: i64,
    to: i64,
) -> Result<Vec<Measured>, sqlx::Error> {
    let (mut all, mut part) = (Vec::new(), Some(from));
    while let Some(from) = part {
        let (rows, next) = page_of(tx, point, from, to).await?;
        all.extend(rows);
        part = next;
    }
    Ok(all)
}

/// Aggregates as they are stored, blocks and runs, in time order, each time once.
pub(super) async fn stored(
    tx: &mut SqliteConnection,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
) -> Result<Vec<Bucket>, sqlx::Error> {
    let (mut all, mut part) = (Vec::new(), Some(from));
    while let Some(from) = part {
        let (data, next) = blocks(tx, level, point, from, to).await?;
        for (data,) in &data {
            all.extend(readable(block::open::<Bucket>(data)));
        }
        part = next;
    }
    let runs = runs(tx, level, point, from, to).await?;
    all.extend(rows_of::<Bucket>(&runs, point));
    block::settle(&mut all);
    all.retain(|b| (from..to).contains(&b.ts));
    Ok(all)
}

/// A point's rows of runs, as they came.
pub(super) fn rows_of<T: Row>(runs: &[Bytes], point: u32) -> Vec<T> {
    runs.iter().flat_map(|(data,)| readable(block::unpack_one::<T>(data, point))).collect()
}

/// Where a point's blocks of a level begin.
pub(super) async fn oldest(tx: &mut SqliteConnection, level: Level, point: u32) -> Result<Option<i64>, sqlx::Error> {
    let first: Option<(i64,)> = sqlx::query_as(sql::BLOCK_FIRST)
        .bind(level.code())
        .bind(i64::from(point))
        .bind(i64::MIN)
        .bind(i64::MAX)
        .fetch_optional(tx)
        .await?;
    Ok(first.map(|f| f.0))
}

/// Aggregates of `level` that begin from `from` on and before `to`, and the samples among them that no aggregate knows yet;
/// and where the next part begins, if there is one.
pub(in crate::store) async fn buckets(
    pool: &SqlitePool,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Bucket>, Vec<Measured>, Option<i64>), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut tx = connection.begin().await?;
    let (blocks, next) = blocks(&mut tx, level, point, from, to).await?;
    let to = next.unwrap_or(to);
    let own = runs(&mut tx, level, point, from, to).await?;
    let finer = match level {
        Level::Hour => runs(&mut tx, Level::Minute, point, from, to).await?,
        _ => vec![],
    };
    let raw = runs(&mut tx, Level::Raw, point, from, to).await?;
    tx.commit().await?;
    work(move || {
        let mut rows: Vec<Bucket> = Vec::new();
        for (data,) in &blocks {
            rows.extend(readable(block::open::<Bucket>(data)));
        }
        for (data,) in &own {
            rows.extend(readable(block::unpack_one::<Bucket>(data, point)));
        }
        block::settle(&mut rows);
        let mut more: Vec<Bucket> = Vec::new();
        for (data,) in &finer {
            more.extend(readable(block::unpack_one::<Bucket>(data, point)));
        }
        block::settle(&mut more);
        rows.extend(more);
        rows.sort_by_key(|b| b.ts);
        rows.retain(|b| (from..to).contains(&b.ts));
        let mut samples: Vec<Measured> = Vec::new();
        for (data,) in &raw {
            samples.extend(readable(block::unpack_one::<Measured>(data, point)));
        }
        block::settle(&mut samples);
        samples.retain(|r| (from..to).contains(&r.ts));
        Ok((rows, samples, next))
    })
    .await
}

/// About how many rows of a level a point has in a range, counted up to some blocks.
pub(in crate::store) async fn count(
    pool: &SqlitePool,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
    most: i64,
) -> Result<i64, sqlx::Error> {
    let (n,): (i64,) = sqlx::query_as(sql::BLOCKS_COUNT)
        .bind(level.code())
        .bind(i64::from(point))
        .bind(from)
        .bind(to)
        .bind(most)
        .fetch_one(pool)
        .await?;
    Ok(n)
}

/// Where a point's rows of a level begin in a range: exact to a block.
pub(in crate::store) async fn first(
    pool: &SqlitePool,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
) -> Result<Option<i64>, sqlx::Error> {
    let block: Option<(i64,)> = sqlx::query_as(sql::BLOCK_FIRST)
        .bind(level.code())
        .bind(i64::from(point))
        .bind(from)
        .bind(to)
        .fetch_optional(pool)
        .await?;
    if let Some((first,)) = block {
        return Ok(Some(first.max(from)));
    }
    Ok(match level {
        Level::Raw => page(pool, point, from, to).await?.0.first().map(|r| r.ts),
        _ => buckets(pool, level, point, from, to).await?.0.first().map(|b| b.ts),
    })
}

/// A row's data.
pub(super) type Bytes = (Vec<u8>,);

async fn blocks(
    tx: &mut SqliteConnection,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
) -> Result<(Vec<Bytes>, Option<i64>), sqlx::Error> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql::BLOCKS)
        .bind(level.code())
        .bind(i64::from(point))
        .bind(from)
        .bind(to)
        .bind(BLOCKS)
        .fetch_all(tx)
        .await?;
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == BLOCKS);
    let next = rows.last().filter(|_| full).map(|last| last.0.saturating_add(1)).filter(|&next| next < to);
    Ok((rows.into_iter().map(|r| (r.1,)).collect(), next))
}

/// Runs that hold something of a point's neighbourhood between two times.
pub(super) async fn runs(
    tx: &mut SqliteConnection,
    level: Level,
    point: u32,
    from: i64,
    to: i64,
) -> Result<Vec<Bytes>, sqlx::Error> {
    sqlx::query_as(sql::RUNS_IN).bind(level.code()).bind(shard(point)).bind(from).bind(to).fetch_all(tx).await
}

/// Number and name of every point.
pub(in crate::store) async fn names(pool: &SqlitePool) -> Result<Vec<(u32, String)>, sqlx::Error> {
    let (last,): (i64,) = sqlx::query_as(sql::POINT_LAST).fetch_one(pool).await?;
    let (mut names, mut from) = (vec![], 0);
    while from <= last {
        let to = from + NAMES;
        let (lines,): (String,) = sqlx::query_as(sql::POINT_LINES).bind(from).bind(to).fetch_one(pool).await?;
        let name =
            |line: &str| line.split_once(' ').and_then(|(id, name)| Some((id.parse::<u32>().ok()?, name.to_owned())));
        names.extend(lines.lines().filter_map(name));
        from = to;
    }
    Ok(names)
}

/// `name, ts, value, quality` of each point's newest sample, some shards at a time.
pub(in crate::store) async fn last_values(
    pool: &SqlitePool,
) -> Result<Vec<(String, i64, Option<f64>, i16)>, sqlx::Error> {
    let names = names(pool).await?;
    let mut last: HashMap<u32, Measured> = HashMap::new();
    let mut newer = |point: u32, m: Measured| {
        last.entry(point).and_modify(|l| *l = if m.ts > l.ts { m } else { *l }).or_insert(m);
    };
    let old: Vec<(i64, i64, Option<f64>, i64)> = sqlx::query_as(sql::OLD_LAST).fetch_all(pool).await?;
    // a look for each of a million points, where there is anything to find
    let (any,): (bool,) = sqlx::query_as(sql::BLOCK_ANY).bind(Level::Raw.code()).fetch_one(pool).await?;
    let most = if any { i64::from(u32::MAX) } else { 0 };
    let tails: Vec<(i64, i64, Option<f64>, i64)> =
        sqlx::query_as(sql::BLOCK_TAILS).bind(Level::Raw.code()).bind(0).bind(most).fetch_all(pool).await?;
    for (point, ts, value, quality) in tails.into_iter().chain(old) {
        let quality = u8::try_from(quality).unwrap_or(u8::MAX);
        newer(u32::try_from(point).unwrap_or(0), Measured { ts, value: value.unwrap_or(f64::NAN), quality });
    }
    let shards = i64::from(names.iter().map(|(id, _)| *id).max().unwrap_or(0) / POINTS);
    let mut from = 0;
    while from <= shards {
        let to = from + SHARDS;
        let stored: Vec<(Vec<u8>,)> =
            sqlx::query_as(sql::RUNS_OF_SOME).bind(Level::Raw.code()).bind(from).bind(to).fetch_all(pool).await?;
        let read = move || Ok(stored.iter().flat_map(|(data,)| readable(newest(data))).collect::<Vec<_>>());
        work(read).await?.into_iter().for_each(|(point, m)| newer(point, m));
        from = to;
    }
    Ok(names
        .into_iter()
        .filter_map(|(id, name)| {
            let m = last.get(&id)?;
            Some((name, m.ts, m.value.is_finite().then_some(m.value), i16::from(m.quality)))
        })
        .collect())
}

/// The newest sample of each point of a run.
fn newest(data: &[u8]) -> Result<Vec<(u32, Measured)>, block::Damaged> {
    let run = block::Run::new(data)?;
    let (mut room, mut rows, mut all) = (Scratch::default(), Vec::new(), Vec::new());
    for (place, point) in run.points().enumerate() {
        rows.clear();
        run.read::<Measured>(place, &mut room, &mut rows)?;
        all.extend(rows.iter().max_by_key(|r| r.ts()).map(|m| (point, *m)));
    }
    Ok(all)
}
