//! What the figures of the alarm system are made of: the journal, in large pages of one text each. A row at a time costs
//! the driver ten times what the database needs for it.

use std::io;

use super::Store;
use crate::store::db::on;
use crate::store::{StoreError, sql};

/// Rows of the journal in the order of their running numbers.
#[derive(Debug, Default)]
pub struct FiguresPage {
    /// How many.
    pub rows: usize,
    /// Running number of the last of them.
    pub last: i64,
    /// A row a line.
    lines: String,
}

/// What the figures need of a journal row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiguresRow<'a> {
    /// Alarm id.
    pub alarm: &'a str,
    /// State before, state after and what moved it; there are few of them.
    pub kind: FiguresKind<'a>,
    /// Hub time, milliseconds.
    pub ts_ms: i64,
}

/// A way for an alarm to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiguresKind<'a>(&'a str);

impl<'a> FiguresKind<'a> {
    /// As the journal has it: `normal unacknowledged raise`.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// State before, state after, what moved it.
    pub fn parts(self) -> (&'a str, &'a str, &'a str) {
        let (from, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        let (to, cause) = rest.split_once(' ').unwrap_or((rest, ""));
        (from, to, cause)
    }
}

impl FiguresPage {
    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = FiguresRow<'_>> {
        self.lines.lines().filter_map(FiguresRow::read)
    }
}

impl<'a> FiguresRow<'a> {
    /// `1795345200000 normal unacknowledged raise rs-1:inlet:high`.
    fn read(line: &'a str) -> Option<Self> {
        let (ts_ms, rest) = line.split_once(' ')?;
        let (kind, alarm) = rest.rsplit_once(' ')?;
        Some(Self { alarm, kind: FiguresKind(kind), ts_ms: ts_ms.parse().ok()? })
    }
}

impl Store {
    /// The rows after a running number up to and with another, at most so many.
    pub async fn figures(&self, after: i64, until: i64, limit: usize) -> Result<FiguresPage, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (rows, last, lines): (i64, i64, String) = on!(&*self.0.db, pool => {
            sqlx::query_as(sql::FIGURES).bind(after).bind(until).bind(limit).fetch_one(pool).await
        })?;
        let page = FiguresPage { rows: usize::try_from(rows).unwrap_or(0), last, lines };
        if page.lines.lines().count() != page.rows {
            let broken = format!("the journal has rows after {after} that cannot be read");
            return Err(io::Error::new(io::ErrorKind::InvalidData, broken).into());
        }
        Ok(page)
    }

    /// Running number of the last row before a moment; 0 where there is none.
    pub async fn figures_before(&self, at_ms: i64) -> Result<i64, StoreError> {
        let (id,): (i64,) =
            on!(&*self.0.db, pool => sqlx::query_as(sql::FIGURES_BEFORE).bind(at_ms).fetch_one(pool).await)?;
        Ok(id)
    }

    /// Alarms that stood at a moment, with since when, milliseconds.
    pub async fn figures_standing(&self, at_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(on!(&*self.0.db, pool => sqlx::query_as(sql::FIGURES_STANDING).bind(at_ms).fetch_all(pool).await)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_row() {
        let line = "1795345200000 normal unacknowledged raise rs-1:inlet:high";
        let row = FiguresRow::read(line).unwrap();
        assert_eq!((row.alarm, row.ts_ms), ("rs-1:inlet:high", 1_795_345_200_000));
        assert_eq!(row.kind.text(), "normal unacknowledged raise");
        assert_eq!(row.kind.parts(), ("normal", "unacknowledged", "raise"));
        for wrong in ["", "x normal normal raise a", "5 alone"] {
            assert_eq!(FiguresRow::read(wrong), None, "{wrong:?}");
        }
    }
}
