//! Writes frames of the log into the tables: one transaction a batch, which also moves the position, so that a batch is in
//! the database once however often it is tried. Samples are each kind's own affair: [`sqlite`](super::sqlite), [`postgres`](super::postgres).

use std::collections::HashSet;

use super::db::Db;
use super::log::{Frame, StoredSample};
use super::{postgres, sqlite};

pub(super) mod records;

/// Begin of the names of imports among the logs: they need not be the one hub that writes.
pub(super) const IMPORT: &str = "import:";
/// Width of the aggregates that are marked due.
const MINUTE: i64 = 60_000;

/// `(bucket, point)` of minute aggregates that the database knows to be due.
pub(super) type Due = HashSet<(i64, u32)>;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// Everything is in.
    Done,
    /// The database stands elsewhere than was thought; nothing was done.
    Elsewhere,
    /// Another hub writes there now; nothing was done.
    Ousted,
}

/// Applies frames in one transaction, moving the position of `log` from `from` to that of the last frame. `due` remembers
/// what was marked; none where the database makes its aggregates itself.
pub(super) async fn apply(
    db: &Db,
    log: &str,
    from: u64,
    frames: &[Frame],
    due: Option<&mut Due>,
) -> Result<Applied, sqlx::Error> {
    match db {
        Db::Sqlite { writer, runs, .. } => sqlite::apply(writer, runs, log, from, frames).await,
        Db::Postgres { pool, copy } => postgres::apply(pool, *copy, log, from, frames, due).await,
    }
}

/// All samples of a batch, by point, then by time; of one point and time the first is first.
pub(super) fn sorted(frames: &[Frame]) -> Vec<StoredSample> {
    let mut samples: Vec<StoredSample> = frames.iter().flat_map(|f| f.samples.iter().copied()).collect();
    // frames come sorted, which this kind of sorting makes use of
    samples.sort_by_key(|s| (s.point, s.ts));
    samples
}

/// Sequence numbers as the database counts them.
pub(super) fn position(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Point numbers as the database counts them.
pub(super) fn number(point: u32) -> i32 {
    i32::try_from(point).unwrap_or(i32::MAX)
}

/// Minutes that the samples (sorted) touch and that are not yet known to be due.
pub(super) fn marks(samples: &[StoredSample], known: &Due) -> Vec<(i64, u32)> {
    let mut marks: Vec<(i64, u32)> = samples.iter().map(|s| (s.ts.div_euclid(MINUTE) * MINUTE, s.point)).collect();
    marks.dedup();
    marks.retain(|mark| !known.contains(mark));
    marks.sort_unstable();
    marks.dedup();
    marks
}
