//! What screens were last told, to hold back what does not change on them.

use std::collections::HashMap;

use linepack_core::dispatch::CrewStatus;
use linepack_core::{AssetId, AssignmentNo, CrewId, PointId};

use crate::wire::Worst;

/// What a screen shows of a crew besides its place.
type Duty = (CrewStatus, Option<AssignmentNo>);

/// Nothing at first. Each question notes its answer: it is told now.
#[derive(Debug)]
pub(super) struct Told {
    crews: HashMap<CrewId, Duty>,
    worst: HashMap<AssetId, Option<Worst>>,
    /// By point, which change of its quality's class, below the era in which it was told; 0 at first.
    class: Vec<u32>,
    /// What was told in an earlier one is forgotten.
    era: u16,
}

impl Told {
    pub(super) fn nothing(points: usize) -> Self {
        Self { crews: HashMap::new(), worst: HashMap::new(), class: vec![0; points], era: 1 }
    }

    /// Costs little, however many points there are: screens may come a thousand times a second.
    pub(super) fn forget(&mut self) {
        self.crews.clear();
        self.worst.clear();
        self.era = self.era.checked_add(1).unwrap_or_else(|| {
            self.class.fill(0);
            1
        });
    }

    /// Whether a point's quality has become of another class since the last question, if only for a moment: a frame made
    /// in that moment told it. `classes` counts such changes.
    pub(super) fn is_other_class(&mut self, point: PointId, classes: u16) -> bool {
        let now = u32::from(self.era) << 16 | u32::from(classes);
        self.class.get_mut(point.index()).map(|known| std::mem::replace(known, now)) != Some(now)
    }

    /// What was told of assets' worst alarms is not known any more.
    pub(super) fn forget_worst(&mut self) {
        self.worst.clear();
    }

    /// Whether an asset's worst alarm is another than was told.
    pub(super) fn is_other_worst(&mut self, asset: AssetId, worst: Option<Worst>) -> bool {
        self.worst.insert(asset, worst.clone()) != Some(worst)
    }

    /// Whether more of a crew changed than where it is.
    pub(super) fn is_other_duty(&mut self, crew: CrewId, duty: Duty) -> bool {
        self.crews.insert(crew, duty) != Some(duty)
    }
}
