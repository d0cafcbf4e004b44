//! The newest part of the journal as the figures need it, kept in memory: a screen that asks every minute for the last
//! thirty days costs the rows of that minute.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::Ts;
use linepack_core::alarm::State;
use linepack_core::kpi::Row;
use tokio::sync::Mutex;

use super::DAY;
use crate::store::{FiguresPage, FiguresRow, Store, StoreError};

/// Rows that are kept, 16 bytes each; a longer period is read from the database each time.
const KEPT: usize = 4_000_000;
/// Rows that are read at once.
const PAGE: usize = 50_000;
/// Only periods that begin so lately are kept, milliseconds.
const LATELY: i64 = 40 * DAY;

/// Kept between requests.
#[derive(Debug, Default)]
pub(crate) struct Tail(Mutex<Option<Arc<Book>>>);

/// A part of the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    from: i64,
    last: i64,
    names: Vec<Box<str>>,
    /// What a row means, by the way its alarm moved.
    kinds: HashMap<Box<str>, Row>,
    numbers: HashMap<Box<str>, u32>,
    rows: Vec<Row>,
    standing: Vec<(u32, Ts)>,
}

impl Tail {
    /// The journal from `from` or earlier up to `to` or later.
    pub(super) async fn read(&self, store: &Store, from: i64, to: i64, now: Ts) -> Result<Arc<Book>, StoreError> {
        let lately = now.0.saturating_sub(LATELY);
        if from < lately {
            return Ok(Arc::new(Book::read(store, from, to).await?));
        }
        let mut kept = self.0.lock().await;
        let usable = |b: &Arc<Book>| b.from <= from && b.from >= lately.saturating_sub(LATELY);
        let mut book = match kept.take().filter(usable) {
            Some(book) => book,
            None => Arc::new(Book::begin(store, from).await?),
        };
        loop {
            // put back before anything is waited for: what was read stays read though the one who asked has gone away
            let last = book.last;
            *kept = Some(book);
            let page = store.figures(last, i64::MAX, PAGE).await?;
            book = kept.take().unwrap_or_default();
            let more = page.rows == PAGE;
            // a copy only where a question is still being answered from it
            Arc::make_mut(&mut book).take(&page);
            if !more {
                break;
            }
        }
        if book.rows.len() <= KEPT {
            *kept = Some(book.clone());
        }
        Ok(book)
    }
}

impl Book {
    async fn read(store: &Store, from: i64, to: i64) -> Result<Self, StoreError> {
        let mut book = Self::begin(store, from).await?;
        let until = store.figures_before(to).await?;
        while book.last < until {
            let page = store.figures(book.last, until, PAGE).await?;
            if page.rows == 0 {
                break;
            }
            book.take(&page);
        }
        Ok(book)
    }

    /// Begins at a moment, with nothing read.
    async fn begin(store: &Store, from: i64) -> Result<Self, StoreError> {
        let mut book = Self { from, last: store.figures_before(from).await?, ..Self::default() };
        for (alarm, since) in store.figures_standing(from).await? {
            let alarm = book.number(&alarm);
            book.standing.push((alarm, Ts(since)));
        }
        Ok(book)
    }

    fn take(&mut self, page: &FiguresPage) {
        self.last = self.last.max(page.last);
        for row in page.rows() {
            self.push(&row);
        }
        if !self.rows.is_sorted_by_key(|r| r.at) {
            self.rows.sort_by_key(|r| r.at);
        }
    }

    fn push(&mut self, row: &FiguresRow<'_>) {
        let alarm = self.number(row.alarm);
        let kind = match self.kinds.get(row.kind.text()) {
            Some(kind) => *kind,
            None => {
                let (from, to, cause) = row.kind.parts();
                let state = |name: &str| State::from_name(name).unwrap_or_default();
                let kind = Row::new(0, Ts(0), state(from), state(to), cause);
                self.kinds.insert(row.kind.text().into(), kind);
                kind
            }
        };
        self.rows.push(kind.like(alarm, Ts(row.ts_ms)));
    }

    fn number(&mut self, alarm: &str) -> u32 {
        if let Some(&number) = self.numbers.get(alarm) {
            return number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Box<str> = alarm.into();
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    /// Alarm ids by number.
    pub(super) fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// In the order of time.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What stood before the first of them.
    pub(super) fn standing(&self) -> &[(u32, Ts)] {
        &self.standing
    }
}
