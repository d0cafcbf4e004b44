//! Crews as the site folder describes them.

use std::sync::Arc;

use crate::LonLat;

/// A crew that can be sent.
#[derive(Clone, Debug)]
pub struct Crew {
    /// The user's identifier.
    pub id: Arc<str>,
    /// For people.
    pub name: Arc<str>,
    /// Telephone; may be empty.
    pub phone: Arc<str>,
    /// What it can do.
    pub skills: Vec<Arc<str>>,
    /// Where it starts from.
    pub base: LonLat,
    /// When it works, in the site's local time.
    pub shift: Shift,
    /// Area or district; may be empty.
    pub area: Arc<str>,
}

/// Working hours of every day, in minutes after local midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// `24h`.
    Always,
    /// From, to; to < from goes over midnight. 0 to 1439.
    Daily {
        /// First minute on shift.
        from: u16,
        /// First minute off shift.
        to: u16,
    },
}

impl Shift {
    /// Whether a minute of the local day is on shift.
    pub const fn covers(self, minute: u16) -> bool {
        match self {
            Self::Always => true,
            Self::Daily { from, to } if from <= to => from <= minute && minute < to,
            Self::Daily { from, to } => from <= minute || minute < to,
        }
    }
}
