//! How far a value may be trusted (OPC UA's three classes, with the reason as sub-status).

/// Trust in a value. A value that is not good (see [`Quality::is_good`]) never triggers a process alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quality {
    /// Measured and plausible.
    Good,
    /// Good by the word of the device: somebody there forced the value. [`Reason::LocalOverride`] is its reason.
    GoodOverride,
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
    /// The point is set up wrongly: no such register, no such metric, a calculation that cannot be done.
    ConfigurationError,
    /// The source of the value is not connected: it said so itself, or its birth is awaited.
    NotConnected,
    /// The device answers and says that it is broken.
    DeviceFailure,
    /// Taken out of service by a person.
    OutOfService,
    /// Forced by hand at the device; the value is good (see [`Quality::GoodOverride`]).
    LocalOverride,
}

impl Quality {
    /// The wire's word: `good`, `uncertain`, `bad`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good | Self::GoodOverride => "good",
            Self::Uncertain(_) => "uncertain",
            Self::Bad(_) => "bad",
        }
    }

    /// The reason, where there is one.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Good => None,
            Self::GoodOverride => Some(Reason::LocalOverride),
            Self::Uncertain(r) | Self::Bad(r) => Some(r),
        }
    }

    /// Whether process alarms and models may use the value.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Good | Self::GoodOverride)
    }

    /// One byte for tables and files: class in the upper nibble, reason in the lower.
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::GoodOverride => Reason::LocalOverride.code(),
            Self::Uncertain(r) => 0x10 | r.code(),
            Self::Bad(r) => 0x20 | r.code(),
        }
    }

    /// The inverse of [`Quality::code`]; an unknown byte is bad without a reason.
    pub const fn from_code(code: u8) -> Self {
        match code >> 4 {
            0 if code == 0 => Self::Good,
            0 if code == Reason::LocalOverride.code() => Self::GoodOverride,
            1 => Self::Uncertain(Reason::from_code(code & 15)),
            _ => Self::Bad(Reason::from_code(code & 15)),
        }
    }

    /// The OPC UA status code that says the same (Part 8, 6.3; Part 4, 7.39).
    pub const fn status_code(self) -> u32 {
        let mut i = 0;
        while i < STATUS.len() {
            if STATUS[i].0.code() == self.code() {
                return STATUS[i].1;
            }
            i += 1;
        }
        match self {
            Self::Good | Self::GoodOverride => 0,
            Self::Uncertain(_) => UNCERTAIN,
            Self::Bad(_) => BAD,
        }
    }

    /// From an OPC UA status code; limit and info bits do not matter, an unknown code counts by its severity.
    pub const fn from_status_code(status: u32) -> Self {
        let mut i = 0;
        while i < STATUS.len() {
            if STATUS[i].1 == status & 0xFFFF_0000 {
                return STATUS[i].0;
            }
            i += 1;
        }
        match status >> 30 {
            0 => Self::Good,
            1 => Self::Uncertain(Reason::Unspecified),
            _ => Self::Bad(Reason::Unspecified),
        }
    }
}

const UNCERTAIN: u32 = 0x4000_0000;
const BAD: u32 = 0x8000_0000;

/// Qualities with a status code of their own; the first of a code is what the code stands for.
const STATUS: [(Quality, u32); 23] = [
    (Quality::Good, 0x0000_0000),
    (Quality::GoodOverride, 0x0096_0000),
    (Quality::Uncertain(Reason::Unspecified), UNCERTAIN),
    (Quality::Uncertain(Reason::CommFailure), 0x408F_0000),
    (Quality::Uncertain(Reason::LastKnown), 0x4090_0000),
    (Quality::Uncertain(Reason::Stale), 0x4090_0000),
    (Quality::Uncertain(Reason::Substituted), 0x4091_0000),
    (Quality::Uncertain(Reason::NotReceived), 0x4092_0000),
    (Quality::Uncertain(Reason::SensorFailure), 0x4093_0000),
    (Quality::Uncertain(Reason::OutOfRange), 0x4094_0000),
    (Quality::Bad(Reason::Unspecified), BAD),
    (Quality::Bad(Reason::CommFailure), 0x8005_0000),
    (Quality::Bad(Reason::BadReply), 0x8007_0000),
    (Quality::Bad(Reason::Stale), 0x8031_0000),
    (Quality::Bad(Reason::LastKnown), 0x8031_0000),
    (Quality::Bad(Reason::NotReceived), 0x8032_0000),
    (Quality::Bad(Reason::OutOfRange), 0x803C_0000),
    (Quality::Bad(Reason::ConfigurationError), 0x8089_0000),
    (Quality::Bad(Reason::NotConnected), 0x808A_0000),
    (Quality::Bad(Reason::DeviceFailure), 0x808B_0000),
    (Quality::Bad(Reason::SensorFailure), 0x808C_0000),
    (Quality::Bad(Reason::OutOfService), 0x808D_0000),
    (Quality::Uncertain(Reason::ConfigurationError), 0x420F_0000),
];

impl Reason {
    /// All reasons, in the order of their codes.
    pub const ALL: [Reason; 14] = [
        Self::Unspecified,
        Self::SensorFailure,
        Self::OutOfRange,
        Self::CommFailure,
        Self::BadReply,
        Self::Stale,
        Self::Substituted,
        Self::LastKnown,
        Self::NotReceived,
        Self::ConfigurationError,
        Self::NotConnected,
        Self::DeviceFailure,
        Self::OutOfService,
        Self::LocalOverride,
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
            Self::ConfigurationError => "configuration-error",
            Self::NotConnected => "not-connected",
            Self::DeviceFailure => "device-failure",
            Self::OutOfService => "out-of-service",
            Self::LocalOverride => "local-override",
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
        for q in [Quality::Good, Quality::GoodOverride] {
            assert_eq!(Quality::from_code(q.code()), q);
        }
        for r in Reason::ALL {
            for q in [Quality::Uncertain(r), Quality::Bad(r)] {
                assert_eq!(Quality::from_code(q.code()), q);
            }
        }
    }
    #[test]
    fn codes_of_stored_samples_do_not_change() {
        use Reason::{
            ConfigurationError, DeviceFailure, LocalOverride, NotConnected, OutOfService, Stale, Substituted,
        };
        for (reason, code) in [
            (Stale, 5),
            (Substituted, 6),
            (ConfigurationError, 9),
            (NotConnected, 10),
            (DeviceFailure, 11),
            (OutOfService, 12),
            (LocalOverride, 13),
        ] {
            assert_eq!(Quality::Bad(reason).code(), 0x20 | code);
        }
        assert_eq!(Quality::GoodOverride.code(), 13);
    }

    #[test]
    fn every_quality_has_the_status_code_of_its_severity() {
        for code in 0..=u8::MAX {
            let q = Quality::from_code(code);
            let severity = ["good", "uncertain", "bad"].iter().position(|c| *c == q.class());
            assert_eq!(severity, Some((q.status_code() >> 30) as usize), "{q:?}");
            let back = Quality::from_status_code(q.status_code());
            assert_eq!(back.class(), q.class());
            assert_eq!(back.status_code(), q.status_code());
            assert_eq!(q.is_good(), q.class() == "good");
        }
    }

    #[test]
    fn status_codes_read_as_opc_ua_writes_them() {
        for (status, quality) in [
            (0x0000_0000, Quality::Good),
            (0x0000_0400, Quality::Good),
            (0x0096_0000, Quality::GoodOverride),
            (0x00A1_0000, Quality::Good),
            (0x4091_0000, Quality::Uncertain(Reason::Substituted)),
            (0x4090_0000, Quality::Uncertain(Reason::LastKnown)),
            (0x40AB_0000, Quality::Uncertain(Reason::Unspecified)),
            (0x8005_0000, Quality::Bad(Reason::CommFailure)),
            (0x8031_0000, Quality::Bad(Reason::Stale)),
            (0x808B_0003, Quality::Bad(Reason::DeviceFailure)),
            (0x80FF_0000, Quality::Bad(Reason::Unspecified)),
            (0xFFFF_FFFF, Quality::Bad(Reason::Unspecified)),
        ] {
            assert_eq!(Quality::from_status_code(status), quality, "{status:08X}");
        }
    }
}
