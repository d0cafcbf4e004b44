//! Dense numbers for things of the registry, and running numbers for things that happen.
//!
//! Registry numbers index its tables and change with a reload; outside the core things go by name.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($raw:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $raw);
        impl $name {
            /// As a table index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// Index into [`Registry::assets`](crate::Registry::assets).
    AssetId(u32);
    /// Index into [`Registry::points`](crate::Registry::points).
    PointId(u32);
    /// Index into [`Registry::alarms`](crate::Registry::alarms): one alarm per (source, rule).
    AlarmId(u32);
    /// Index into [`Registry::crews`](crate::Registry::crews).
    CrewId(u32);
    /// Index into [`Registry::connections`](crate::Registry::connections).
    ConnectionId(u32);
    /// Running number of an incident, from 1; never reused.
    IncidentNo(u64);
    /// Running number of an assignment, from 1; never reused.
    AssignmentNo(u64);
    /// Running number of a command to the field, from 1; never reused.
    ControlNo(u64);
    /// Running number of a hand-over of a shift, from 1; never reused.
    HandoverNo(u64);
}

impl std::fmt::Display for IncidentNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "i-{:06}", self.0)
    }
}

impl std::fmt::Display for AssignmentNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "as-{:06}", self.0)
    }
}

impl std::fmt::Display for ControlNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cmd-{:06}", self.0)
    }
}

impl std::fmt::Display for HandoverNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ho-{:06}", self.0)
    }
}

impl std::str::FromStr for HandoverNo {
    type Err = NotAnId;
    fn from_str(s: &str) -> Result<Self, NotAnId> {
        number(s, "ho-").map(HandoverNo)
    }
}

impl std::str::FromStr for IncidentNo {
    type Err = NotAnId;
    fn from_str(s: &str) -> Result<Self, NotAnId> {
        number(s, "i-").map(IncidentNo)
    }
}

impl std::str::FromStr for AssignmentNo {
    type Err = NotAnId;
    fn from_str(s: &str) -> Result<Self, NotAnId> {
        number(s, "as-").map(AssignmentNo)
    }
}

impl std::str::FromStr for ControlNo {
    type Err = NotAnId;
    fn from_str(s: &str) -> Result<Self, NotAnId> {
        number(s, "cmd-").map(ControlNo)
    }
}

/// The text is not an identifier of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of this kind")]
pub struct NotAnId;

fn number(s: &str, prefix: &str) -> Result<u64, NotAnId> {
    let digits = s.strip_prefix(prefix).ok_or(NotAnId)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotAnId);
    }
    digits.parse().map_err(|_| NotAnId)
}
