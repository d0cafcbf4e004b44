//! Rows that belong into blocks that are there already: those blocks are written anew, and what they come to with them.

use sqlx::SqliteConnection;

use super::damage;
use super::fold::{self, Tail, cut_blocks, tail};
use crate::store::block::{self, Bucket, Level, Row, Scratch, floor};
use crate::store::sql::sqlite as sql;

/// `id, from_ts, to_ts, data`.
type Owner = (i64, i64, i64, Vec<u8>);

/// Puts rows in time order, none beyond the span that `newest` ends in, into their blocks; `next` is what follows the newest
/// block. Answers the aggregates made anew, and the newest block's end.
pub(super) async fn put<T: Row>(
    tx: &mut SqliteConnection,
    level: Level,
    point: u32,
    rows: Vec<T>,
    mut newest: Tail,
    next: Option<i64>,
) -> Result<(Vec<Bucket>, Tail), sqlx::Error> {
    let mut coarser = Vec::new();
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let span = floor(first.ts(), level.align());
        let owner: Option<Owner> = sqlx::query_as(sql::BLOCK_FROM)
            .bind(level.code())
            .bind(i64::from(point))
            .bind(span)
            .fetch_optional(&mut *tx)
            .await?;
        // no block is left where the newest was damaged: then these are the newest
        let ends = rest.last().map_or(span, Row::ts);
        let (id, from, to, mut all) = match owner {
            None => (None, first.ts(), ends, vec![]),
            Some((id, from, to, data)) => match block::open::<T>(&data) {
                Ok(all) => (Some(id), from, to, all),
                Err(_) => {
                    damage("block");
                    sqlx::query(sql::BLOCK_ASIDE).bind(id).execute(&mut *tx).await?;
                    continue;
                }
            },
        };
        let cut = rest.partition_point(|r| floor(r.ts(), level.align()) <= floor(to, level.align()));
        let others = rest.split_off(cut);
        let these = std::mem::replace(&mut rest, others);
        let touched = these.first().map(Row::ts).zip(these.last().map(Row::ts));
        let Some((low, high)) = touched else { break };
        all.extend(these);
        block::settle(&mut all);
        let before: Option<(i64, Option<f64>, i64)> = sqlx::query_as(sql::BLOCK_BEFORE)
            .bind(level.code())
            .bind(i64::from(point))
            .bind(from)
            .fetch_optional(&mut *tx)
            .await?;
        let after: Option<(i64,)> = sqlx::query_as(sql::BLOCK_AFTER)
            .bind(level.code())
            .bind(i64::from(point))
            .bind(to)
            .fetch_optional(&mut *tx)
            .await?;
        let ends = all.last().map_or(to, Row::ts);
        let until = after
            .map(|a| a.0)
            .or(next)
            .map_or_else(|| floor(ends, level.align()).saturating_add(level.align()), |ts| floor(ts, level.align()));
        let before = before.map(|(to, value, quality)| tail(to, value, quality).end);
        let made = T::coarser(level, before, &all, until);
        // only what the late rows can have changed: their own spans, and as far as a value holds after them
        let width = fold::above(level).map_or(1, Level::width);
        let reach = floor(low, width)..=high.saturating_add(block::HOLD).saturating_add(width);
        coarser.extend(made.into_iter().filter(|b| reach.contains(&b.ts)));
        let mut blocks = Vec::new();
        cut_blocks(level, point, &all, &mut Scratch::default(), &mut blocks);
        if let Some(id) = id {
            sqlx::query(sql::BLOCK_DELETE).bind(id).execute(&mut *tx).await?;
        }
        fold::insert(&mut *tx, level, &blocks).await?;
        if (to == newest.to || id.is_none())
            && let Some(last) = all.last()
        {
            let (value, quality) = last.end();
            newest = tail(last.ts(), value, i64::from(quality));
        }
    }
    Ok((coarser, newest))
}
