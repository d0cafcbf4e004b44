//! Seasonal: what is usual at this time of the day, on this sort of day, at this outdoor temperature; what is left goes
//! through the same four views as the statistical detector.

use super::look::{Day, Finding, Local, Look};
use super::model::Model;
use super::noise::{Bucket, Level, Quantum, fade, gain};
use super::profile::{Profile, Usual};
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};
use super::views::{PARTS, Views, why};

/// Days a half-hour must have been seen before it is judged, and days of this sort.
const DAYS: f64 = 2.0;
const ALIKE: f64 = 1.0;
/// Visits whose spread is remembered.
const VISITS: f64 = 14.0;
/// Visits' worth of the spread that all half-hours share.
const SHARED: f64 = 5.0;
/// Above it outdoors nothing is heated, °C.
const HEATING_LIMIT: f64 = 15.0;
/// What is usual follows a slow change of level, milliseconds.
const DRIFT: f64 = 3.0 * 86_400_000.0;
const DAY_MS: f64 = 86_400_000.0;
/// For so long the last outdoor temperature serves when none comes, milliseconds.
const SERVES: i64 = 6 * 3_600_000;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seasonal {
    bucket: Bucket,
    quantum: Quantum,
    before: f64,
    /// The present visit to a half-hour: which, on what day, sum and count, and whether all of it may be learned.
    visit: Bucket,
    place: Local,
    learnable: bool,
    base: Option<f64>,
    profile: Box<Profile>,
    /// What the profile says of the present half-hour: it changes with a visit only.
    usual: Usual,
    /// Of what the habit leaves: a slow level and the spread.
    level: f64,
    left: Level,
    /// Heating degrees outdoors, and how the value goes with them.
    cold: Level,
    slope: f64,
    /// The last outdoor temperature, °C, and when it was, milliseconds; None: there never was one.
    outdoor: Option<(f64, i64)>,
    views: Views,
}

impl Seasonal {
    /// What the weather takes away from or adds to the habit.
    fn weather(&self, outdoor: Option<f64>) -> f64 {
        outdoor.map_or(0.0, |t| self.slope * ((HEATING_LIMIT - t).max(0.0) - self.cold.mean))
    }

    fn sigma(&self, usual: &Usual) -> f64 {
        // few visits say little of a half-hour by itself
        let weight = usual.days.min(VISITS);
        let variance = (weight * usual.sigma * usual.sigma + SHARED * self.left.var) / (weight + SHARED);
        variance.max(0.0).sqrt().max(self.quantum.floor())
    }

    fn end_visit(&mut self, spec: &DetectorSpec, local: Local) {
        let same = Profile::bin(local) == Profile::bin(self.place) && local.day == self.place.day;
        if same {
            return;
        }
        if let (true, Some(mean)) = (self.learnable, self.visit.mean()) {
            self.profile.learn(self.place.day, Profile::bin(self.place), mean, spec.memory.0 as f64 / DAY_MS);
        }
        self.usual = self.profile.usual(local);
        self.visit.clear();
        self.place = local;
        self.learnable = true;
    }
}

impl Watch for Seasonal {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        if learning.first {
            self.before = look.value;
            self.place = look.local;
            self.usual = self.profile.usual(look.local);
            self.learnable = true;
        }
        let base = *self.base.get_or_insert(look.value);
        if learning.on {
            self.quantum.learn(look.value - self.before);
        }
        self.before = look.value;
        self.end_visit(spec, look.local);
        let measured = look.beside(0);
        if let Some(t) = measured {
            self.outdoor = Some((t, look.ts.0));
        }
        let outdoor = self.outdoor.map(|(t, _)| t);
        // what hangs on the weather cannot be judged without it for long
        let blind = self.outdoor.is_some_and(|(_, at)| look.ts.0.saturating_sub(at) > SERVES);
        let memory = spec.memory.0 as f64;
        let x = look.value - base - self.weather(outdoor);
        self.visit.add(look.ts.0, x - self.level, i64::MAX);
        let on = learning.on && !blind;
        self.learnable &= on;
        let usual = self.usual;
        let known = usual.days >= DAYS && usual.alike >= ALIKE;
        let sigma = self.sigma(&usual);
        let length = (spec.window.0 / PARTS).max(1);
        if let Some((mean, age)) = self.bucket.add(look.ts.0, x - self.level - usual.mean, length) {
            if known && sigma > 0.0 && !blind {
                self.views.close(spec, mean / sigma, age as f64, self.quantum.floor() / sigma, learning);
            }
            let fine = !learning.warm || self.views.score <= 1.0;
            if on && fine && known {
                self.left.learn(mean, age as f64, memory);
                self.level += fade(age as f64, DRIFT) * mean.clamp(-4.0 * sigma, 4.0 * sigma);
            }
            if let (true, Some(t)) = (on && fine, measured) {
                let cold = (HEATING_LIMIT - t).max(0.0);
                let off = cold - self.cold.mean;
                self.cold.learn(cold, age as f64, memory);
                if self.cold.var > 0.01 && usual.days >= 1.0 {
                    self.slope += gain(self.cold.n, age as f64, memory) * mean * off / self.cold.var;
                }
            }
        }
        let views_known = self.views.value().is_known();
        let can = learning.warm && known && views_known && !blind;
        let met = can && self.views.score > 1.0;
        let expected = base + usual.mean + self.level + self.weather(outdoor);
        let reach = self.views.value().reach(spec, 0.0) * sigma;
        let band = (usual.days >= 1.0).then_some(());
        Finding {
            met: can.then_some(met),
            why: if met { why(self.views.view) } else { "" },
            expected: band.map(|()| expected),
            low: band.map(|()| expected - reach),
            high: band.map(|()| expected + reach),
            score: if known { self.views.score } else { 0.0 },
            window: spec.window,
            degraded: (measured.is_none() && outdoor.is_some()).then_some("no outdoor temperature"),
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        self.visit.save("visit", model);
        model.put("place.minute", f64::from(self.place.minute));
        let day = Day::WEEK.iter().position(|&d| d == self.place.day).unwrap_or(7);
        model.put("place.day", day as f64);
        model.put("learnable", f64::from(u8::from(self.learnable)));
        model.put("quantum", self.quantum.0);
        model.put("last-value", self.before);
        if let Some(base) = self.base {
            model.put("base", base);
        }
        model.put("level", self.level);
        model.put("outdoor.slope", self.slope);
        if let Some((t, at)) = self.outdoor {
            model.put("outdoor", t);
            model.put("outdoor.at_ms", at as f64);
        }
        self.left.save("left", model);
        self.cold.save("heating-degrees", model);
        self.profile.save(model);
        self.views.save(model);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        let day = model.or("place.day", 0.0) as usize;
        let place = Local {
            minute: model.or("place.minute", 0.0) as u16,
            day: Day::WEEK.get(day).copied().unwrap_or(Day::Holiday),
        };
        let profile = Box::new(Profile::load(model));
        Self {
            bucket: Bucket::load("bucket", model),
            quantum: Quantum(model.or("quantum", 0.0)),
            before: model.or("last-value", 0.0),
            visit: Bucket::load("visit", model),
            place,
            learnable: model.or("learnable", 0.0) > 0.0,
            base: model.get("base"),
            usual: profile.usual(place),
            profile,
            level: model.or("level", 0.0),
            left: Level::load("left", model),
            cold: Level::load("heating-degrees", model),
            slope: model.or("outdoor.slope", 0.0),
            outdoor: model.get("outdoor").map(|t| (t, model.or("outdoor.at_ms", 0.0) as i64)),
            views: Views::load(model),
        }
    }
}
