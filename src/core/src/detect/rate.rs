//! Rate: the slope over the window by Theil–Sen (the median of the slopes between all pairs), which a spike or two do not
//! move. Against the limit in unit/s, else against the slopes that are usual.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::{Bucket, Level, Tail};
use super::spec::DetectorSpec;
use super::state::{Learning, RARE, Watch};

/// Stretches of the window.
const PARTS: usize = 8;
/// Fewer stretches than this are no slope.
const FEW: usize = 4;
/// Slopes before they are usual.
const USUAL: f64 = 50.0;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rate {
    bucket: Bucket,
    /// Milliseconds and means, oldest first.
    at: [i64; PARTS],
    mean: [f32; PARTS],
    /// Means are kept from here on, so that their single precision suffices.
    base: f64,
    len: u8,
    slope: Option<f64>,
    usual: Level,
    tail: Tail,
}

impl Rate {
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
}

impl Watch for Rate {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let ts = look.ts.0;
        let part = (spec.window.0 / PARTS as i64).max(1);
        if learning.first {
            self.base = look.value;
        }
        if learning.dt > spec.window.0 as f64 {
            // a gap as long as the window leaves nothing to judge
            self.len = 0;
            self.slope = None;
            self.bucket.clear();
        }
        if let Some((mean, age)) = self.bucket.add(ts, look.value, part) {
            self.push(ts.saturating_sub(age / 2), mean);
            self.slope = self.theil_sen();
            if let Some(slope) = self.slope {
                let reach = self.reach(spec);
                if learning.on && (!learning.warm || slope.abs() <= reach || self.usual.n < USUAL) {
                    let sigma = self.usual.sigma();
                    if self.usual.n >= USUAL && sigma > 0.0 {
                        self.tail.learn(slope / sigma);
                    }
                    self.usual.learn(slope, age as f64, spec.memory.0 as f64);
                }
            }
        }
        let Some(slope) = self.slope else { return learning.finding() };
        let reach = self.reach(spec);
        let can = spec.limit.is_some() || (learning.warm && self.usual.n >= USUAL && reach > 0.0);
        let met = slope.abs() > reach;
        Finding {
            met: can.then_some(met),
            why: match (can && met, slope > 0.0) {
                (false, _) => "",
                (true, true) => "rises too fast",
                (true, false) => "falls too fast",
            },
            expected: Some(slope),
            low: Some(-reach),
            high: Some(reach),
            score: if reach > 0.0 { slope.abs() / reach } else { 0.0 },
            window: spec.window,
            warm: can,
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        self.usual.save("slope", model);
        self.tail.save("slope", model);
        model.put("base", self.base);
        if let Some(slope) = self.slope {
            model.put("slope", slope);
        }
        let n = usize::from(self.len).min(PARTS);
        model.put_all("window.mean", self.mean.iter().take(n));
        model.profiles.insert("window.at_ms".into(), self.at.iter().take(n).map(|&t| t as f64).collect());
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        let mut rate = Self {
            bucket: Bucket::load("bucket", model),
            base: model.or("base", 0.0),
            slope: model.get("slope"),
            usual: Level::load("slope", model),
            tail: Tail::load("slope", model),
            ..Self::default()
        };
        let n = model.profiles.get("window.at_ms").map_or(0, Vec::len).min(PARTS);
        if let (Some(at), Some(mean)) = (model.row("window.at_ms", n), model.row("window.mean", n)) {
            for (place, (at, mean)) in at.iter().zip(mean).enumerate() {
                if let (Some(a), Some(m)) = (rate.at.get_mut(place), rate.mean.get_mut(place)) {
                    (*a, *m) = (*at as i64, *mean as f32);
                    rate.len += 1;
                }
            }
        }
        rate
    }
}

impl Rate {
    /// Unit per second.
    fn reach(&self, spec: &DetectorSpec) -> f64 {
        let learned = self.usual.sigma() * spec.sigmas.max(self.tail.at(RARE));
        spec.limit.map_or(learned.max(spec.least), f64::abs)
    }
}
