//! Raw samples as one row a span: the time-weighted mean of what was usable.

use linepack_core::Quality;

use super::HistorySample;

/// A value holds until the next sample, but not longer than this, ms: what nobody measured is a gap.
const HOLD: i64 = 600_000;

/// Takes samples in time order and gives rows, each with the begin of its span.
#[derive(Debug)]
pub(super) struct Every {
    width: i64,
    /// Nothing before this moment is given, none at or after the end.
    from: i64,
    to: i64,
    held: Option<HistorySample>,
    span: Option<Span>,
    done: Vec<HistorySample>,
}

#[derive(Debug)]
struct Span {
    ts: i64,
    integral: f64,
    covered: i64,
    /// The worst of the usable.
    usable: Option<Quality>,
    /// The worst of the others.
    bad: Option<Quality>,
    last: Option<f64>,
}

fn is_usable(s: &HistorySample) -> bool {
    s.value.is_some_and(f64::is_finite) && !matches!(s.quality, Quality::Bad(_))
}

fn worse(known: Option<Quality>, new: Quality) -> Option<Quality> {
    known.into_iter().chain([new]).max_by_key(|q| q.code())
}

impl Every {
    pub(super) fn new(width: i64, from: i64, to: i64) -> Self {
        Self { width: width.max(1), from, to, held: None, span: None, done: vec![] }
    }

    /// From where samples are needed: what was measured before may still hold.
    pub(super) fn reads_from(&self) -> i64 {
        self.from.saturating_sub(HOLD)
    }

    pub(super) fn take(&mut self, s: HistorySample) {
        self.hold_until(s.ts_ms);
        if s.ts_ms >= self.from {
            let usable = is_usable(&s);
            let span = self.span_at(s.ts_ms);
            if usable {
                span.usable = worse(span.usable, s.quality);
                span.last = s.value;
            } else {
                span.bad = worse(span.bad, s.quality);
            }
        }
        self.held = Some(s);
    }

    /// There are no more samples.
    pub(super) fn end(&mut self) {
        self.hold_until(self.to);
        self.held = None;
        self.close();
    }

    /// Rows that are whole.
    pub(super) fn ready(&mut self) -> Vec<HistorySample> {
        std::mem::take(&mut self.done)
    }

    fn hold_until(&mut self, ts: i64) {
        let Some(held) = self.held.filter(is_usable) else { return };
        let Some(value) = held.value else { return };
        let end = ts.min(held.ts_ms.saturating_add(HOLD)).min(self.to);
        let mut from = held.ts_ms.max(self.from);
        while from < end {
            let width = self.width;
            let span = self.span_at(from);
            let until = end.min(span.ts.saturating_add(width));
            span.integral += value * (until - from) as f64;
            span.covered += until - from;
            span.usable = worse(span.usable, held.quality);
            from = until;
        }
    }

    fn span_at(&mut self, ts: i64) -> &mut Span {
        let ts = ts.div_euclid(self.width).saturating_mul(self.width);
        if self.span.as_ref().is_some_and(|s| s.ts != ts) {
            self.close();
        }
        self.span.get_or_insert(Span { ts, integral: 0.0, covered: 0, usable: None, bad: None, last: None })
    }

    fn close(&mut self) {
        let Some(span) = self.span.take() else { return };
        let mean = if span.covered > 0 { Some(span.integral / span.covered as f64) } else { span.last };
        let quality = span.usable.or(span.bad).unwrap_or(Quality::Good);
        self.done.push(HistorySample { ts_ms: span.ts, value: mean, quality });
    }
}

#[cfg(test)]
mod tests {
    use linepack_core::Reason;

    use super::*;

    const BAD: Quality = Quality::Bad(Reason::CommFailure);

    fn rows(width: i64, from: i64, to: i64, samples: &[(i64, f64, Quality)]) -> Vec<(i64, Option<f64>, Quality)> {
        let mut every = Every::new(width, from, to);
        for &(ts_ms, value, quality) in samples {
            every.take(HistorySample { ts_ms, value: Some(value).filter(|v| v.is_finite()), quality });
        }
        every.end();
        every.ready().iter().map(|s| (s.ts_ms, s.value, s.quality)).collect()
    }

    #[test]
    fn a_value_counts_as_long_as_it_held() {
        let good = Quality::Good;
        assert_eq!(
            rows(60_000, 0, 120_000, &[(0, 10.0, good), (15_000, 50.0, good), (60_000, 7.0, good)]),
            [(0, Some(40.0), good), (60_000, Some(7.0), good)]
        );
    }

    #[test]
    fn a_bad_sample_ends_what_held_and_what_nobody_measured_is_a_gap() {
        let good = Quality::Good;
        let seen = rows(60_000, 0, 3_600_000, &[(0, 10.0, good), (30_000, f64::NAN, BAD), (130_000, 5.0, good)]);
        assert_eq!(seen[0], (0, Some(10.0), good), "half a minute is known");
        assert_eq!(seen[1], (120_000, Some(5.0), good), "nothing is known of the minute between");
        assert_eq!(seen.last().map(|r| r.0), Some(720_000), "ten minutes after the last sample it ends");
        assert_eq!(rows(60_000, 0, 60_000, &[(5, f64::NAN, BAD)]), [(0, None, BAD)]);
    }

    #[test]
    fn what_was_measured_before_still_holds_and_nothing_is_given_outside() {
        let good = Quality::Good;
        let held = rows(60_000, 600_000, 660_000, &[(590_000, 3.0, good), (630_000, 9.0, good), (660_000, 99.0, good)]);
        assert_eq!(held[0], (600_000, Some(6.0), good));
        assert_eq!(rows(1000, -5000, -3000, &[(-5000, 1.0, good)]).len(), 2, "before 1970, too");
    }
}
