//! What a sample may do: quality by value, source times that cannot be, order, late data.

use super::{Kind, Record};
use crate::registry::AHEAD;
use crate::{Delivery, Millis, Quality, Reason, Sample};

/// What is to be done with a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Admitted {
    /// Newer than what is known: new current value, evaluated, to the historian.
    Fresh(Sample),
    /// A retained message newer than what is known: new current value, not evaluated, to the historian.
    LastKnown(Sample),
    /// To the historian, evaluated into the journal only.
    Historical(Sample),
    /// Overtaken by a newer one: to the historian only.
    Overtaken(Sample),
    /// Known already.
    Duplicate,
}

/// Judges a sample against what is known. `late_after` 0: nothing live is ever late.
pub(crate) fn admit(record: &Record, kind: &Kind, late_after: Millis, mut sample: Sample) -> Admitted {
    if !kind.is_plausible(sample.value) && !matches!(sample.quality, Quality::Bad(_)) {
        sample.quality = Quality::Bad(Reason::OutOfRange);
    }
    if sample.ts.0 > sample.received.0.saturating_add(AHEAD) {
        sample.ts = sample.received;
        if sample.quality.is_good() {
            sample.quality = Quality::Uncertain(Reason::Unspecified);
        }
    }
    let late = late_after.0 > 0 && (sample.received - sample.ts).0 > late_after.0;
    match sample.delivery {
        Delivery::Retained if sample.ts.0 <= record.ts => Admitted::Duplicate,
        Delivery::Retained => {
            if !matches!(sample.quality, Quality::Bad(_)) {
                sample.quality = Quality::Uncertain(Reason::LastKnown);
            }
            Admitted::LastKnown(sample)
        }
        Delivery::Historical => Admitted::Historical(sample),
        Delivery::Live if late => Admitted::Historical(sample),
        Delivery::Live if sample.ts.0 > record.ts => Admitted::Fresh(sample),
        Delivery::Live if sample.ts.0 == record.ts => Admitted::Duplicate,
        Delivery::Live => Admitted::Overtaken(sample),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{PointType, Table};
    use crate::{PointId, Ts};

    const GOOD: Quality = Quality::Good;
    const RANGE: Quality = Quality::Bad(Reason::OutOfRange);

    fn check(delivery: Delivery, ts: i64, value: f64, quality: Quality) -> Admitted {
        let point = PointType {
            name: "p".into(),
            unit: "kPa".into(),
            deadband: 0.0,
            range: Some((0.0, 600.0)),
            ..PointType::default()
        };
        let mut known = Record::new(0);
        known.ts = 1_000_000;
        let received = Ts(1_010_000);
        let sample = Sample { point: PointId(0), ts: Ts(ts), received, value, quality, delivery };
        admit(&known, &Kind::new(&point, &Table::default()), Millis::secs(60), sample)
    }

    #[test]
    fn quality_follows_the_value() {
        let broken = Quality::Bad(Reason::SensorFailure);
        let doubtful = Quality::Uncertain(Reason::Substituted);
        for (value, quality, expected) in [
            (98.7, GOOD, GOOD),
            (0.0, GOOD, GOOD),
            (600.0, GOOD, GOOD),
            (600.1, GOOD, RANGE),
            (-0.1, doubtful, RANGE),
            (98.7, doubtful, doubtful),
            (f64::NAN, GOOD, RANGE),
            (f64::INFINITY, GOOD, RANGE),
            (f64::NAN, broken, broken),
            (700.0, broken, broken),
        ] {
            let Admitted::Fresh(s) = check(Delivery::Live, 1_009_000, value, quality) else { panic!("{value}") };
            assert_eq!(s.quality, expected, "{value} {quality:?}");
        }
    }

    #[test]
    fn order_and_age_decide_what_a_sample_may_do() {
        use Delivery::{Historical, Live, Retained};
        let word = |a| match a {
            Admitted::Fresh(s) if s.ts == s.received => "clamped",
            Admitted::Fresh(_) => "fresh",
            Admitted::LastKnown(_) => "last-known",
            Admitted::Historical(_) => "historical",
            Admitted::Overtaken(_) => "overtaken",
            Admitted::Duplicate => "duplicate",
        };
        for (delivery, ts, expected) in [
            (Live, 1_000_001, "fresh"),
            (Live, 1_000_000, "duplicate"),
            (Live, 999_999, "overtaken"),
            (Live, 950_000, "overtaken"),
            (Live, 949_999, "historical"),
            (Live, 1_070_000, "fresh"),
            (Live, 1_070_001, "clamped"),
            (Retained, 1_000_001, "last-known"),
            (Retained, 1_000_000, "duplicate"),
            (Retained, 10, "duplicate"),
            (Historical, 1_009_000, "historical"),
        ] {
            assert_eq!(word(check(delivery, ts, 1.0, GOOD)), expected, "{delivery:?} {ts}");
        }
    }

    #[test]
    fn a_clock_far_ahead_makes_the_value_uncertain() {
        let Admitted::Fresh(s) = check(Delivery::Live, 2_000_000, 1.0, GOOD) else { panic!("not fresh") };
        assert_eq!((s.ts, s.quality), (Ts(1_010_000), Quality::Uncertain(Reason::Unspecified)));
    }
}
