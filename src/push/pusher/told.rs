//! What screens were last told, to hold back what does not change on them.

use std::collections::HashMap;

use linepack_core::dispatch::CrewStatus;
use linepack_core::{AssetId, AssignmentNo, CrewId, PointId, Quality};

use crate::wire::Worst;

/// What a screen shows of a crew besides its place.
type Duty = (CrewStatus, Option<AssignmentNo>);

/// Nothing at first. Each question notes its answer: it is told now.
#[derive(Debug)]
pub(super) struct Told {
    crews: HashMap<CrewId, Duty>,
    worst: HashMap<AssetId, Option<Worst>>,
    /// Quality class by point, one byte each; 0 where none was told.
    class: Vec<u8>,
}

impl Told {
    pub(super) fn nothing(points: usize) -> Self {
        Self { crews: HashMap::new(), worst: HashMap::new(), class: vec![0; points] }
    }

    pub(super) fn forget(&mut self) {
        *self = Self::nothing(self.class.len());
    }

    /// Whether a point's quality is of another class than was told.
    pub(super) fn is_other_class(&mut self, point: PointId, quality: Quality) -> bool {
        let class = match quality.class() {
            "good" => 1,
            "uncertain" => 2,
            _ => 3,
        };
        self.class.get_mut(point.index()).map(|known| std::mem::replace(known, class)) != Some(class)
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
