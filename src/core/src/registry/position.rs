//! Operator positions: which desk an alarm belongs to.

use std::sync::Arc;

use super::{AlarmSource, Priority, Registry};
use crate::AlarmId;

/// Index into [`Registry::positions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PositionId(pub u32);

impl PositionId {
    /// As a table index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The name of the position that takes what no other does.
pub const CONTROL_ROOM: &str = "control-room";

/// `[[position]]`: an alarm belongs to the first that takes it. An empty list takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The user's identifier.
    pub name: Arc<str>,
    /// Areas of assets.
    pub areas: Vec<Arc<str>>,
    /// Classes of alarms.
    pub classes: Vec<Arc<str>>,
    /// Priorities.
    pub priorities: Vec<Priority>,
}

impl Position {
    /// Takes every alarm.
    pub fn takes_all(&self) -> bool {
        self.areas.is_empty() && self.classes.is_empty() && self.priorities.is_empty()
    }

    fn takes(&self, area: &str, class: &str, priority: Priority) -> bool {
        let among = |list: &[Arc<str>], word: &str| list.is_empty() || list.iter().any(|w| **w == *word);
        among(&self.areas, area)
            && among(&self.classes, class)
            && (self.priorities.is_empty() || self.priorities.contains(&priority))
    }
}

impl Registry {
    /// Adds the position that takes what no other does, where the site has none that takes everything.
    pub(super) fn complete_positions(&mut self) {
        if !self.positions.iter().any(Position::takes_all) {
            self.positions.push(Position { name: CONTROL_ROOM.into(), ..Position::default() });
        }
        let mut areas: Vec<Option<Arc<str>>> = vec![None; self.connections.len()];
        for asset in &self.assets {
            let Some(of) = asset.connection.and_then(|c| areas.get_mut(c.index())) else { continue };
            match of {
                None => *of = Some(asset.area.clone()),
                Some(area) if *area != asset.area => *of = Some("".into()),
                Some(_) => {}
            }
        }
        self.connection_areas = areas.into_iter().map(Option::unwrap_or_default).collect();
    }

    /// Whose alarm it is. Every alarm is somebody's.
    pub fn position_of(&self, alarm: AlarmId) -> PositionId {
        let (area, rule) = (self.alarm_area(alarm), self.rule(alarm));
        let takes = |p: &Position| p.takes(area, &rule.handling.class, rule.priority);
        let at = self.positions.iter().position(takes).unwrap_or(self.positions.len().saturating_sub(1));
        PositionId(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// The name of an alarm's position.
    pub fn position_name(&self, alarm: AlarmId) -> &str {
        self.positions.get(self.position_of(alarm).index()).map_or(CONTROL_ROOM, |p| &p.name)
    }

    /// Position by its name.
    pub fn find_position(&self, name: &str) -> Option<PositionId> {
        let at = self.positions.iter().position(|p| *p.name == *name)?;
        u32::try_from(at).ok().map(PositionId)
    }

    /// Area of an alarm's asset; of a link the area all its assets are in. Empty where there is none.
    pub fn alarm_area(&self, alarm: AlarmId) -> &str {
        match self.alarms[alarm.index()].source {
            AlarmSource::Link(c) => self.connection_areas.get(c.index()).map_or("", |a| a),
            _ => self.alarm_asset(alarm).map_or("", |a| &self.assets[a.index()].area),
        }
    }
}
