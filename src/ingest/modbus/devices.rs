//! Which units answer, as the engine was told.

use std::collections::BTreeMap;

use linepack_core::{AssetId, Input};

use super::units::Units;
use crate::ingest::LinkStatus;

/// The units of a connection, the assets behind them, and what was last said about them.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    units: Units<Unit>,
}

#[derive(Debug)]
struct Unit {
    assets: Vec<AssetId>,
    /// None: nothing was said yet.
    up: Option<bool>,
    /// Answers so far.
    answers: u64,
}

impl Devices {
    pub(crate) fn new(assets: BTreeMap<u8, Vec<AssetId>>) -> Self {
        Self { units: assets.into_iter().map(|(unit, assets)| (unit, Unit { assets, up: None, answers: 0 })).collect() }
    }

    /// Notes that a unit is up or down. None: that is no news; else what was said before.
    pub(crate) fn set(&mut self, unit: u8, up: bool) -> Option<Option<bool>> {
        let u = self.units.get_mut(unit)?;
        u.answers += u64::from(up);
        (u.up != Some(up)).then(|| u.up.replace(up))
    }

    /// Whether a unit was said to be up last.
    pub(crate) fn is_up(&self, unit: u8) -> bool {
        self.units.get(unit).is_some_and(|u| u.up == Some(true))
    }

    /// How often a unit was said to be up.
    pub(crate) fn answers(&self, unit: u8) -> u64 {
        self.units.get(unit).map_or(0, |u| u.answers)
    }

    /// The news for the engine.
    pub(crate) fn inputs(&self, unit: u8, up: bool) -> Vec<Input> {
        let assets = self.units.get(unit).map_or(&[][..], |u| &u.assets);
        assets.iter().map(|&asset| Input::Device { asset, up }).collect()
    }

    /// All unit ids.
    pub(crate) fn units(&self) -> Vec<u8> {
        self.units.iter().map(|(id, _)| *id).collect()
    }

    /// Those that do not answer.
    pub(crate) fn down(&self) -> Vec<u8> {
        self.units.iter().filter(|(_, u)| u.up == Some(false)).map(|(id, _)| *id).collect()
    }

    /// There are several units, and none of them answers.
    pub(crate) fn all_silent(&self) -> bool {
        self.units.len() > 1 && self.units.iter().all(|(_, u)| u.up == Some(false))
    }

    /// Shows how many assets there are and how many of them answer.
    pub(crate) fn count(&self, status: &LinkStatus) {
        let sum = |up: bool| -> usize {
            self.units.iter().filter(|(_, u)| !up || u.up == Some(true)).map(|(_, u)| u.assets.len()).sum()
        };
        status.assets(sum(false) as u64, sum(true) as u64);
    }
}
