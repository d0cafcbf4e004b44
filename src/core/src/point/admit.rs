//! What a sample may do: quality by value, source times that cannot be, order, late data.

use super::{Kind, Record};
use crate::registry::AHEAD;
use crate::{Delivery, Millis, Quality, Reason, Sample, Ts};

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

/// So far at most the news of one millisecond run ahead of it, milliseconds.
const CROWD: i64 = 1000;

/// Whether it says anything else than what is known.
fn is_news(record: &Record, sample: &Sample) -> bool {
    sample.value.to_bits() != record.value.to_bits() || sample.quality.code() != record.quality
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
        // without a time of its own it is newer than what came before, even in the same millisecond
        Delivery::Live
            if sample.ts == sample.received
                && record.ts.saturating_sub(sample.ts.0) < CROWD
                && is_news(record, &sample) =>
        {
            sample.ts = Ts(record.ts + 1);
            Admitted::Fresh(sample)
        }
        Delivery::Live if sample.ts.0 == record.ts => Admitted::Duplicate,
        Delivery::Live => Admitted::Overtaken(sample),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PointId;
    use crate::registry::{PointType, Table};

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
    fn what_is_stamped_on_arrival_is_news_even_in_the_same_millisecond() {
        let kind = Kind::new(&PointType::default(), &Table::default());
        let mut known = Record::new(0);
        (known.ts, known.value, known.quality) = (1_000, 5.0, GOOD.code());
        let look = |ts, received, value, quality| {
            let sample = Sample {
                point: PointId(0),
                ts: Ts(ts),
                received: Ts(received),
                value,
                quality,
                delivery: Delivery::Live,
            };
            match admit(&known, &kind, Millis::secs(60), sample) {
                Admitted::Fresh(s) => Some((s.ts.0, s.value)),
                Admitted::Duplicate | Admitted::Overtaken(_) => None,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(look(1_000, 1_000, 6.0, GOOD), Some((1_001, 6.0)), "another value");
        assert_eq!(look(1_000, 1_000, 5.0, Quality::Bad(Reason::SensorFailure)), Some((1_001, 5.0)), "another quality");
        assert_eq!(look(999, 999, 6.0, GOOD), Some((1_001, 6.0)), "behind others of its millisecond");
        assert_eq!(look(1_000, 1_000, 5.0, GOOD), None, "the same again");
        assert_eq!(look(1_000, 1_005, 6.0, GOOD), None, "a time of its own, which is known");
        assert_eq!(look(0, 0, 6.0, GOOD), None, "the hub's clock was set back");
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
