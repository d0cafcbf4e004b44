//! What the samples of a span of time come to.

use super::{HOUR, Measured, floor};

/// A value holds until the next sample, but not longer than this, ms: what nobody measured is a gap.
pub(in crate::store) const HOLD: i64 = 600_000;

/// An aggregate. A span without a usable sample in which an earlier value still held has `n` = 0 and a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::store) struct Bucket {
    /// Begin, ms.
    pub(in crate::store) ts: i64,
    /// Usable samples; without any, the four values mean nothing.
    pub(in crate::store) n: i64,
    /// Lowest, and when.
    pub(in crate::store) min: f64,
    pub(in crate::store) min_ts: i64,
    /// Highest, and when.
    pub(in crate::store) max: f64,
    pub(in crate::store) max_ts: i64,
    /// In time order.
    pub(in crate::store) first: f64,
    pub(in crate::store) last: f64,
    /// Sum of value times the milliseconds it held.
    pub(in crate::store) integral: f64,
    /// Milliseconds in which a usable value held.
    pub(in crate::store) covered: i64,
    /// The worst of the usable; the worst of all where none is.
    pub(in crate::store) quality: u8,
}

impl Bucket {
    /// Nothing yet.
    pub(in crate::store) const fn new(ts: i64) -> Self {
        Self {
            ts,
            n: 0,
            min: 0.0,
            min_ts: ts,
            max: 0.0,
            max_ts: ts,
            first: 0.0,
            last: 0.0,
            integral: 0.0,
            covered: 0,
            quality: 0,
        }
    }

    /// Mean over the time a usable value held; the last value where none held (a span of 0 ms).
    pub(in crate::store) fn mean(&self) -> Option<f64> {
        if self.covered > 0 { Some(self.integral / self.covered as f64) } else { (self.n > 0).then_some(self.last) }
    }

    fn take(&mut self, s: &Measured) {
        if !s.usable() {
            if self.n == 0 {
                self.quality = self.quality.max(s.quality.max(super::BAD));
            }
            return;
        }
        if self.n == 0 {
            (self.min, self.min_ts, self.max, self.max_ts, self.first) = (s.value, s.ts, s.value, s.ts, s.value);
            self.quality = s.quality;
        }
        if s.value < self.min {
            (self.min, self.min_ts) = (s.value, s.ts);
        }
        if s.value > self.max {
            (self.max, self.max_ts) = (s.value, s.ts);
        }
        self.quality = self.quality.max(s.quality);
        self.last = s.value;
        self.n += 1;
    }

    /// Takes in the next part in time order.
    pub(in crate::store) fn absorb(&mut self, part: &Self) {
        self.integral += part.integral;
        self.covered += part.covered;
        if part.n == 0 {
            if self.n == 0 {
                self.quality = self.quality.max(part.quality);
            }
            return;
        }
        if self.n == 0 {
            (self.min, self.min_ts, self.max, self.max_ts) = (part.min, part.min_ts, part.max, part.max_ts);
            (self.first, self.quality) = (part.first, part.quality);
        }
        if part.min < self.min {
            (self.min, self.min_ts) = (part.min, part.min_ts);
        }
        if part.max > self.max {
            (self.max, self.max_ts) = (part.max, part.max_ts);
        }
        self.quality = self.quality.max(part.quality);
        self.last = part.last;
        self.n += part.n;
    }
}

/// Buckets of `width` ms, one of which begins at `origin`, of rows in time order, with what the sample `before` still holds
/// from `begin` on; the last value holds to `until` at most.
pub(in crate::store) fn hold_into(
    origin: i64,
    width: i64,
    before: Option<Measured>,
    rows: &[Measured],
    begin: i64,
    until: i64,
) -> Vec<Bucket> {
    let mut made = Made { origin, width, all: Vec::new() };
    let mut held = before;
    for row in rows {
        if let Some(held) = held {
            made.hold(&held, begin, row.ts);
        }
        made.at(row.ts).take(row);
        held = Some(*row);
    }
    if let Some(held) = held {
        made.hold(&held, begin, until);
    }
    made.all
}

/// Buckets that are being filled, in time order.
struct Made {
    origin: i64,
    width: i64,
    all: Vec<Bucket>,
}

impl Made {
    /// The bucket of a moment, which is not before the newest bucket.
    fn at(&mut self, ts: i64) -> &mut Bucket {
        // mostly it is the newest: a division less
        if self.all.last().is_none_or(|b| ts.saturating_sub(b.ts) >= self.width) {
            let begin = floor(ts.saturating_sub(self.origin), self.width).saturating_add(self.origin);
            self.all.push(Bucket::new(begin));
        }
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    fn hold(&mut self, s: &Measured, begin: i64, until: i64) {
        if !s.usable() {
            return;
        }
        let end = until.min(s.ts.saturating_add(HOLD));
        let mut from = s.ts.max(begin);
        while from < end {
            let width = self.width;
            let b = self.at(from);
            let to = b.ts.saturating_add(width).min(end);
            if b.n == 0 && b.covered == 0 {
                b.quality = b.quality.max(s.quality);
            }
            b.integral += s.value * (to - from) as f64;
            b.covered += to - from;
            from = to;
        }
    }
}

/// Hours of minutes in time order.
pub(in crate::store) fn hours(minutes: &[Bucket]) -> Vec<Bucket> {
    minutes
        .chunk_by(|a, b| floor(a.ts, HOUR) == floor(b.ts, HOUR))
        .map(|part| {
            let mut hour = Bucket::new(floor(part[0].ts, HOUR));
            for minute in part {
                hour.absorb(minute);
            }
            hour
        })
        .collect()
}
