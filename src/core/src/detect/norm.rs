//! What is usual for a number: its level, spread and tail, and how far off it may be before that counts.

use super::model::Model;
use super::noise::{Level, Tail};
use super::spec::DetectorSpec;
use super::state::RARE;

/// Values before anything is usual.
const FEW: f64 = 30.0;

/// A learned norm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Norm {
    pub(super) level: Level,
    tail: Tail,
}

impl Norm {
    /// Enough was seen to judge.
    pub(super) fn is_known(&self) -> bool {
        self.level.n >= FEW
    }

    /// How far from the mean a value may be. `floor`: the least standard deviation, such as a quantised signal has.
    pub(super) fn reach(&self, spec: &DetectorSpec, floor: f64) -> f64 {
        let sigma = self.level.sigma().max(floor);
        (sigma * spec.sigmas.max(self.tail.at(RARE))).max(spec.least)
    }

    /// Distance from the mean as a share of the reach; above 1 counts. 0 where nothing can count.
    pub(super) fn score(&self, spec: &DetectorSpec, floor: f64, x: f64) -> f64 {
        let reach = self.reach(spec, floor);
        if reach > 0.0 && self.is_known() { (x - self.level.mean) / reach } else { 0.0 }
    }

    pub(super) fn score_at(&self, spec: &DetectorSpec, floor: f64, x: f64, rare: f64) -> f64 {
        let sigma = self.level.sigma().max(floor);
        let reach = sigma * spec.sigmas.max(self.tail.at(rare));
        if reach > 0.0 && self.is_known() { (x - self.level.mean) / reach } else { 0.0 }
    }

    /// `dt` in milliseconds since the value before.
    pub(super) fn learn(&mut self, spec: &DetectorSpec, floor: f64, x: f64, dt: f64) {
        let sigma = self.level.sigma().max(floor);
        if self.is_known() && sigma > 0.0 {
            self.tail.learn((x - self.level.mean) / sigma);
        }
        self.level.learn(x, dt, spec.memory.0 as f64);
    }

    pub(super) fn save(&self, name: &str, model: &mut Model) {
        self.level.save(name, model);
        self.tail.save(name, model);
    }

    pub(super) fn load(name: &str, model: &Model) -> Self {
        Self { level: Level::load(name, model), tail: Tail::load(name, model) }
    }
}
