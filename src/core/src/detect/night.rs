//! Night flow: the least mean over the window within the hours of the night, against the least flows of the nights
//! before. What flows when nobody draws is a leak, a valve left open, or a new customer.

use super::look::{Day, Finding, Look};
use super::model::Model;
use super::noise::{Bucket, Level};
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};
use crate::Millis;

/// Nights before any is odd.
const NIGHTS: f64 = 3.0;
/// What never counts: this share of the usual least flow.
const SHARE: f64 = 0.2;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Night {
    bucket: Bucket,
    /// Least mean of the present night, and whether it may be learned.
    least: Option<f64>,
    learnable: bool,
    usual: Level,
    /// What was found at the end of the last night.
    met: Option<bool>,
    score: f64,
    /// When that was, milliseconds.
    judged: i64,
}

/// What was found holds until the next night and the morning after it, milliseconds.
const HOLDS: i64 = 36 * 3_600_000;

impl Night {
    fn reach(&self, spec: &DetectorSpec) -> f64 {
        (spec.sigmas * self.usual.sigma()).max(SHARE * self.usual.mean.abs()).max(spec.least)
    }

    fn end(&mut self, spec: &DetectorSpec, ts: i64, learning: &Learning) {
        let Some(least) = self.least.take() else { return };
        self.judged = ts;
        let over = least - self.usual.mean;
        let reach = spec.limit.map_or(self.reach(spec), |limit| limit - self.usual.mean);
        let known = spec.limit.is_some() || (learning.warm && self.usual.n >= NIGHTS);
        self.met = known.then_some(over > reach);
        self.score = match self.met {
            _ if reach > 0.0 => over / reach,
            Some(true) => 2.0,
            _ => 0.0,
        };
        if self.learnable && learning.on && self.met != Some(true) {
            self.usual.learn(least, 86_400_000.0, spec.memory.0 as f64);
        }
    }
}

/// Whether a minute of the day lies within hours that may go over midnight.
pub(super) fn within(hours: Option<(u16, u16)>, minute: u16) -> bool {
    match hours {
        None => true,
        Some((from, to)) if from <= to => from <= minute && minute < to,
        Some((from, to)) => minute >= from || minute < to,
    }
}

impl Watch for Night {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let night = within(spec.hours, look.local.minute);
        if night {
            if self.bucket.mean().is_none() && self.least.is_none() {
                self.learnable = true;
            }
            self.learnable &= learning.on && look.local.day != Day::Holiday;
            if learning.dt > spec.window.0 as f64 {
                self.bucket.clear();
            }
            if let Some((mean, _)) = self.bucket.add(look.ts.0, look.value, (spec.window.0 / 2).max(1)) {
                self.least = Some(self.least.map_or(mean, |least| least.min(mean)));
            }
        } else {
            self.bucket.clear();
            self.end(spec, look.ts.0, learning);
        }
        let unseen = self.met.is_some() && !(0..=HOLDS).contains(&look.ts.0.saturating_sub(self.judged));
        if unseen {
            let degraded = Some("no night measured");
            return Finding { degraded, warm: true, expected: Some(self.usual.mean), ..learning.finding() };
        }
        let reach = self.reach(spec);
        let met = self.met == Some(true);
        let usual = (self.usual.n > 0.0).then_some(self.usual.mean);
        Finding {
            met: self.met,
            why: if met { "flows by night" } else { "" },
            expected: usual,
            low: None,
            high: spec.limit.or(usual.map(|mean| mean + reach)),
            score: self.score,
            window: Millis::mins(24 * 60),
            warm: self.met.is_some(),
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        self.bucket.save("bucket", model);
        self.usual.save("night", model);
        if let Some(least) = self.least {
            model.put("least", least);
        }
        model.put("learnable", f64::from(u8::from(self.learnable)));
        if let Some(met) = self.met {
            model.put("met", f64::from(u8::from(met)));
        }
        model.put("score", self.score);
        model.put("judged", self.judged as f64);
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            bucket: Bucket::load("bucket", model),
            least: model.get("least"),
            learnable: model.or("learnable", 0.0) > 0.0,
            usual: Level::load("night", model),
            met: model.get("met").map(|met| met > 0.0),
            score: model.or("score", 0.0),
            judged: model.or("judged", 0.0) as i64,
        }
    }
}
