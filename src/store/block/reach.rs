//! Which spans a sample that no aggregate knows yet may change.

use std::ops::Range;

use super::{Bucket, HOLD, MINUTE, Measured, floor, hold_into};

/// Its own span of `width` ms, and as far as its value holds.
pub(in crate::store) fn reach(ts: i64, width: i64) -> Range<i64> {
    floor(ts, width)..floor(ts.saturating_add(HOLD), width).saturating_add(width)
}

/// Spans within `within`, in time order, those that touch as one.
pub(in crate::store) fn joined(mut spans: Vec<Range<i64>>, within: &Range<i64>) -> Vec<Range<i64>> {
    spans.sort_unstable_by_key(|s| s.start);
    let mut all: Vec<Range<i64>> = Vec::new();
    for span in spans {
        let span = span.start.max(within.start)..span.end.min(within.end);
        if span.is_empty() {
            continue;
        }
        match all.last_mut() {
            Some(last) if last.end >= span.start => last.end = last.end.max(span.end),
            _ => all.push(span),
        }
    }
    all
}

/// Minutes of samples in time order, some of them from before `span`.
pub(in crate::store) fn made(rows: &[Measured], span: Range<i64>) -> Vec<Bucket> {
    let fresh = rows.partition_point(|r| r.ts < span.start);
    let held = rows[..fresh].last().copied();
    hold_into(0, MINUTE, held, &rows[fresh..], span.start, span.end)
}
