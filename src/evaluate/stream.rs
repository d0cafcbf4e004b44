//! Detectors run over a recording as the hub runs them: in the order of time, learning only while no alarm stands.

use linepack_core::detect::{Day, Detector, DetectorKind, DetectorSpec, Local, Look, SignalKind};
use linepack_core::{Millis, Ts};

/// A new normal is accepted after an alarm has stood for this long: the operator resets the model.
const ACCEPTED: i64 = 2 * 86_400_000;

/// The wall clock of a recording, taken as UTC.
pub(super) fn local(ts: i64) -> Local {
    let minutes = ts.div_euclid(60_000);
    // 1970-01-01 was a Thursday
    let day = (minutes.div_euclid(1440) + 3).rem_euclid(7) as usize;
    Local { minute: minutes.rem_euclid(1440) as u16, day: Day::WEEK.get(day).copied().unwrap_or_default() }
}

/// The detectors a point of a kind of signal has by default.
pub(super) fn defaults(signal: SignalKind) -> Vec<DetectorSpec> {
    let kinds: &[DetectorKind] = match signal {
        SignalKind::Gas => &[DetectorKind::GasStep],
        SignalKind::Counter => &[DetectorKind::Counter],
        _ => &[DetectorKind::Statistical, DetectorKind::Seasonal, DetectorKind::Stuck],
    };
    kinds.iter().map(|&kind| DetectorSpec::of(kind, signal)).collect()
}

/// One detector with the alarm it raises.
pub(super) struct Watched {
    pub(super) detector: Detector,
    raised: Option<i64>,
    cleared: i64,
    off_delay: i64,
    /// The last sample could be judged.
    can_tell: bool,
    expected: Option<f64>,
}

impl Watched {
    pub(super) fn new(spec: DetectorSpec) -> Self {
        let off_delay = spec.window.0;
        Self {
            detector: Detector::new(spec),
            raised: None,
            cleared: i64::MIN,
            off_delay,
            can_tell: false,
            expected: None,
        }
    }

    /// Whether the alarm stands after this sample.
    pub(super) fn look(&mut self, ts: i64, value: f64, beside: &[f64], good: bool) -> bool {
        let look = Look {
            ts: Ts(ts),
            value,
            good: good && value.is_finite(),
            learn: self.raised.is_none(),
            local: local(ts),
            beside,
        };
        let found = self.detector.observe(&look);
        self.can_tell = found.met.is_some();
        self.expected = found.expected.or(self.expected);
        match (self.raised, found.met) {
            (None, Some(true)) => {
                self.raised = Some(ts);
                self.cleared = ts;
            }
            (Some(since), Some(true)) => {
                self.cleared = ts;
                if ts - since > ACCEPTED {
                    self.detector.reset();
                    self.raised = None;
                }
            }
            (Some(_), Some(false)) if ts - self.cleared >= self.off_delay => self.raised = None,
            _ => {}
        }
        self.raised.is_some()
    }
}

impl Watched {
    /// Whether a sample is no measurement at all, as a spike detector sees it.
    pub(super) fn dropout(&mut self, ts: i64, value: f64, good: bool) -> bool {
        let look = Look { ts: Ts(ts), value, good, learn: true, local: local(ts), beside: &[] };
        self.detector.observe(&look).why == "dropout"
    }
}

/// The detectors a point of this kind of signal has by default; one that knows the season speaks for the others once it
/// can tell.
pub(super) struct Point {
    watched: Vec<Watched>,
}

impl Point {
    pub(super) fn new(signal: SignalKind) -> Self {
        Self { watched: defaults(signal).into_iter().map(Watched::new).collect() }
    }

    /// One for a recording that has only this much time to learn from: where that is less than the warm-up, all spans
    /// shrink with it, as if time went faster.
    fn for_a_time(signal: SignalKind, time: Millis) -> Self {
        let shrink = |spec: DetectorSpec| {
            let share = (time.0.max(1) as f64 / spec.warm_up.0.max(1) as f64).min(1.0);
            let of = |span: Millis| Millis((span.0 as f64 * share) as i64);
            let (warm_up, window, memory) = (of(spec.warm_up), of(spec.window), of(spec.memory));
            DetectorSpec { warm_up, window, memory, ..spec }
        };
        Self { watched: defaults(signal).into_iter().map(|spec| Watched::new(shrink(spec))).collect() }
    }

    /// What its first detector expects.
    pub(super) fn expected(&self) -> Option<f64> {
        self.watched.first()?.expected
    }

    /// Whether an alarm of the point stands after this sample.
    pub(super) fn look(&mut self, ts: i64, value: f64, beside: &[f64], good: bool) -> bool {
        let mut any = false;
        for one in &mut self.watched {
            let stands = one.look(ts, value, beside, good);
            let speaks = one.detector.spec().kind == DetectorKind::Seasonal && one.can_tell;
            any = if speaks { stands } else { any || stands };
        }
        any
    }
}

/// The moments a point of this kind of signal is in alarm, row by row.
pub(super) fn watch(signal: SignalKind, times: &[i64], values: &[f64]) -> Vec<bool> {
    let mut point = Point::new(signal);
    times.iter().zip(values).map(|(&ts, &value)| point.look(ts, value, &[], true)).collect()
}

/// The same of a recording of which the first `train` rows are to learn from.
pub(super) fn watch_from(signal: SignalKind, times: &[i64], values: &[f64], train: usize) -> Vec<bool> {
    let time = times.get(train.saturating_sub(1)).copied().unwrap_or(0) - times.first().copied().unwrap_or(0);
    let mut point = Point::for_a_time(signal, Millis(time));
    times.iter().zip(values).map(|(&ts, &value)| point.look(ts, value, &[], true)).collect()
}

/// A joint detector that learns from the first `train` rows and judges the rest, frozen.
pub(super) fn joint(times: &[i64], columns: &[&[f64]], train: usize) -> (Vec<bool>, Detector) {
    let span = times.get(train.saturating_sub(1)).copied().unwrap_or(0) - times.first().copied().unwrap_or(0);
    let spec = DetectorSpec {
        inputs: u8::try_from(columns.len()).unwrap_or(u8::MAX).min(DetectorSpec::INPUTS_MAX),
        warm_up: Millis(span.max(1)),
        ..DetectorSpec::of(DetectorKind::Joint, SignalKind::Generic)
    };
    let mut detector = Detector::new(spec);
    let mut row = vec![0.0; columns.len()];
    let mut found = Vec::with_capacity(times.len());
    for (place, &ts) in times.iter().enumerate() {
        for (x, column) in row.iter_mut().zip(columns) {
            *x = column.get(place).copied().unwrap_or(f64::NAN);
        }
        detector.freeze(place >= train);
        let (value, beside) = row.split_first().map_or((f64::NAN, &[][..]), |(v, rest)| (*v, rest));
        let look = Look { ts: Ts(ts), value, good: true, learn: true, local: local(ts), beside };
        found.push(detector.observe(&look).met == Some(true));
    }
    (found, detector)
}
