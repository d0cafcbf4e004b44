//! Rate: the slope over the window by Theil–Sen (the median of the slopes between all pairs), which a spike or two do not
//! move. Against the limit in unit/s, else against the slopes that are usual.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::{Bucket, Level, Tail};
use super::spec::DetectorSpec;
use super::state::{Learning, Passing, RARE, Watch};

/// Stretches of the window.
const PARTS: usize = 8;
/// Fewer stretches than this are no slope.
const FEW: usize = 4;
/// Slopes before they are usual.
const USUAL: f64 = 50.0;

/// State of the kind. What a sample within a stretch needs stands here; the window is looked at when a stretch ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rate {
    bucket: Bucket,
    slope: Option<f64>,
    /// Unit per second, and whether enough slopes were seen.
    reach: f64,
    known: bool,
    window: Box<Window>,
}

/// The stretches of the window, and what slopes are usual.
#[derive(Clone, Debug, Default, PartialEq)]
struct Window {
    /// Milliseconds and means, oldest first.
    at: [i64; PARTS],
    mean: [f32; PARTS],
    /// Means are kept from here on, so that their single precision suffices.
    base: f64,
    len: u8,
    usual: Level,
    tail: Tail,
}

impl Window {
    fn push(&mut self, at: i64, mean: f64) {
        if usize::from(self.len) == PARTS {
            self.at.rotate_left(1);
            self.mean.rotate_left(1);
            self.len -= 1;
        }
        let place = usize::from(self.len);
        if let (Some(a), Some(m)) = (self.at.get_mut(place), self.mean.get_mut(place)) {
            (*a, *m) = (at, (mean - self.base) as f32);
            self.len += 1;
        }
    }

    /// Unit per second.
    fn theil_sen(&self) -> Option<f64> {
        let n = usize::from(self.len).min(PARTS);
        if n < FEW {
            return None;
        }
        let mut slopes = [0.0f64; PARTS * (PARTS - 1) / 2];
        let mut count = 0;
        for i in 0..n {
            for j in i + 1..n {
                let (Some(a), Some(b)) = (self.at.get(i), self.at.get(j)) else { continue };
                let (Some(x), Some(y)) = (self.mean.get(i), self.mean.get(j)) else { continue };
                let dt = b.saturating_sub(*a);
                if let (true, Some(slot)) = (dt > 0, slopes.get_mut(count)) {
                    *slot = f64::from(y - x) / (dt as f64 / 1000.0);
                    count += 1;
                }
            }
        }
        let slopes = slopes.get_mut(..count)?;
        let middle = count / 2;
        (count > 0).then(|| *slopes.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    /// Unit per second.
    fn reach(&self, spec: &DetectorSpec) -> f64 {
        let learned = self.usual.sigma() * spec.sigmas.max(self.tail.at(RARE));
        spec.limit.map_or(learned.max(spec.least), f64::abs)
    }

    fn learn(&mut self, spec: &DetectorSpec, slope: f64, age: f64) {
        let sigma = self.usual.sigma();
        if self.usual.n >= USUAL && sigma > 0.0 {
            self.tail.learn(slope / sigma);
        }
        self.usual.learn(slope, age, spec.memory.0 as f64);
    }
}

impl Rate {
    fn close(&mut self, spec: &DetectorSpec, at: i64, mean: f64, age: f64, learning: &Learning) {
        self.window.push(at, mean);
        self.slope = self.window.theil_sen();
        let known = self.window.usual.n >= USUAL;
        if let (true, Some(slope)) = (learning.on, self.slope)
            && (!learning.warm || !known || slope.abs() <= self.window.reach(spec))
        {
            self.window.learn(spec, slope, age);
        }
        self.keep(spec);
    }

    fn keep(&mut self, spec: &DetectorSpec) {
        self.reach = self.window.reach(spec);
        self.known = self.window.usual.n >= USUAL && self.reach > 0.0;
    }
}

/// Milliseconds.
fn stretch(spec: &DetectorSpec) -> i64 {
    (spec.window.0 / PARTS as i64).max(1)
}

impl Watch for Rate {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let ts = look.ts.0;
        if learning.first {
            self.window.base = look.value;
        }
        if learning.dt > spec.window.0 as f64 || learning.dt == 0.0 {
            // a gap as long as the window leaves nothing to judge, nor does a clock that was set back
            self.window.len = 0;
            self.slope = None;
            self.bucket.clear();
        }
        if let Some((mean, age)) = self.bucket.add(ts, look.value, stretch(spec)) {
            self.close(spec, ts.saturating_sub(age / 2), mean, age as f64, learning);
        }
        let Some(slope) = self.slope else { return learning.finding() };
        let reach = self.reach;
        let can = spec.limit.is_some() || (learning.warm && self.known);
        let met = can && slope.abs() > reach;
        Finding {
            met: can.then_some(met),
            why: match (met, slope > 0.0) {
                (false, _) => "",
                (true, true) => "rises too fast",
                (true, false) => "falls too fast",
            },
            expected: Some(slope),
            low: can.then_some(-reach),
            high: can.then_some(reach),
            score: if reach > 0.0 { slope.abs() / reach } else { 0.0 },
            window: spec.window,
            warm: can,
            ..learning.finding()
        }
    }

    fn pass(&mut self, _: &DetectorSpec, passing: Passing<'_>) {
        self.bucket.pass(passing.samples);
    }

    fn calm(&self, spec: &DetectorSpec, last: i64) -> i64 {
        self.bucket.end(last, stretch(spec))
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        let window = &self.window;
        window.usual.save("slope", model);
        window.tail.save("slope", model);
        model.put("base", window.base);
        if let Some(slope) = self.slope {
            model.put("slope", slope);
        }
        let n = usize::from(window.len).min(PARTS);
        model.put_all("window.mean", window.mean.iter().take(n));
        model.profiles.insert("window.at_ms".into(), window.at.iter().take(n).map(|&t| t as f64).collect());
    }

    fn load(spec: &DetectorSpec, model: &Model) -> Self {
        let mut window = Window {
            base: model.or("base", 0.0),
            usual: Level::load("slope", model),
            tail: Tail::load("slope", model),
            ..Window::default()
        };
        let n = model.profiles.get("window.at_ms").map_or(0, Vec::len).min(PARTS);
        if let (Some(at), Some(mean)) = (model.row("window.at_ms", n), model.row("window.mean", n)) {
            for (place, (at, mean)) in at.iter().zip(mean).enumerate() {
                if let (Some(a), Some(m)) = (window.at.get_mut(place), window.mean.get_mut(place)) {
                    (*a, *m) = (*at as i64, *mean as f32);
                    window.len += 1;
                }
            }
        }
        let mut rate = Self {
            bucket: Bucket::load("bucket", model),
            slope: model.get("slope"),
            window: Box::new(window),
            ..Self::default()
        };
        rate.keep(spec);
        rate
    }
}
