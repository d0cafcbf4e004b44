//! How far a value may be trusted (OPC UA's three classes, with the reason as sub-status).

/// Trust in a value. A value that is not [`Quality::Good`] never triggers a process alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quality {
    /// Measured and plausible.
    Good,
    /// Usable with care.
    Uncertain(Reason),
    /// Not usable.
    Bad(Reason),
}

/// Why a value is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The source said so and gave no more.
    Unspecified,
    /// The device reports a broken sensor.
    SensorFailure,
    /// Outside the point's `range`, or not a finite number.
    OutOfRange,
    /// The device or its link does not answer.
    CommFailure,
    /// The device answered something that cannot be this value.
    BadReply,
    /// No news for longer than `stale_after`.
    Stale,
    /// Entered or forced by a person.
    Substituted,
    /// From before a restart or a retained message: true once, age unknown.
    LastKnown,
    /// Nothing has arrived since the start.
    NotReceived,
}

impl Quality {
    /// The wire's word: `good`, `uncertain`, `bad`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain(_) => "uncertain",
            Self::Bad(_) => "bad",
        }
    }

    /// The reason, where there is one.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Good => None,
            Self::Uncertain(r) | Self::Bad(r) => Some(r),
        }
    }

    /// Whether process alarms and models may use the value.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Good)
    }

    /// One byte for tables and files: class in the upper nibble, reason in the lower.
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Uncertain(r) => 0x10 | r.code(),
            Self::Bad(r) => 0x20 | r.code(),
        }
    }

    /// The inverse of [`Quality::code`]; an unknown byte is bad without a reason.
    pub const fn from_code(code: u8) -> Self {
        match code >> 4 {
            0 if code == 0 => Self::Good,
            1 => Self::Uncertain(Reason::from_code(code & 15)),
            _ => Self::Bad(Reason::from_code(code & 15)),
        }
    }
}

impl Reason {
    /// All reasons, in the order of their codes.
    pub const ALL: [Reason; 9] = [
        Self::Unspecified,
        Self::SensorFailure,
        Self::OutOfRange,
        Self::CommFailure,
        Self::BadReply,
        Self::Stale,
        Self::Substituted,
        Self::LastKnown,
        Self::NotReceived,
    ];

    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::SensorFailure => "sensor-failure",
            Self::OutOfRange => "out-of-range",
            Self::CommFailure => "comm-failure",
            Self::BadReply => "bad-reply",
            Self::Stale => "stale",
            Self::Substituted => "substituted",
            Self::LastKnown => "last-known",
            Self::NotReceived => "not-received",
        }
    }

    const fn code(self) -> u8 {
        self as u8
    }

    const fn from_code(code: u8) -> Self {
        if (code as usize) < Self::ALL.len() { Self::ALL[code as usize] } else { Self::Unspecified }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quality_survives_its_code() {
        assert_eq!(Quality::from_code(Quality::Good.code()), Quality::Good);
        for r in Reason::ALL {
            for q in [Quality::Uncertain(r), Quality::Bad(r)] {
                assert_eq!(Quality::from_code(q.code()), q);
            }
        }
    }
}
