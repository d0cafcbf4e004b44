//! Suppression by design: while a condition over points, devices, links and alarms is true, alarms are hidden.

use std::sync::Arc;

use crate::calc::Formula;
use crate::{AlarmId, AssetId, ConnectionId, Millis, PointId};

/// One condition and the alarms it hides.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    /// Who hides, in the journal; each alarm is hidden once by each name.
    pub name: Arc<str>,
    /// For people.
    pub reason: Arc<str>,
    /// Anything but 0 hides.
    pub when: Arc<Formula>,
    /// What the formula reads, in its order.
    pub inputs: Box<[Watched]>,
    /// What is hidden.
    pub alarms: Box<[AlarmId]>,
    /// How long it stays hidden when an input cannot be trusted any more.
    pub hold: Millis,
    /// How long it stays hidden when the condition is over.
    pub linger: Millis,
    /// Only what is annunciated when the condition becomes true is hidden: nothing new can come.
    pub standing: bool,
}

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watched {
    /// A point's value; unknown unless its quality is good.
    Point(PointId),
    /// 1 while the device of an asset answers.
    Device(AssetId),
    /// 1 while a connection is up.
    Link(ConnectionId),
    /// 1 while the condition of an alarm is true, shown or not.
    Alarm(AlarmId),
}
