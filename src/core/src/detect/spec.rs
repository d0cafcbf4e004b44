//! What is watched for, and with which settings: one default for each kind of detector and of signal.

use crate::Millis;

/// What a detector looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DetectorKind {
    /// The value does not move, though it used to.
    Stuck,
    /// It climbs or falls faster than the limit: slope of a robust regression over the window.
    Rate,
    /// Two sensors of the same quantity part.
    Deviation,
    /// It leaves its learned level: a value far off, or a mean that has moved.
    Statistical,
    /// It leaves what is usual at this time of the day and the week, at this outdoor temperature.
    Seasonal,
    /// No sample comes, though they used to.
    NoReport,
    /// A meter reading falls back, jumps, or stands still.
    Counter,
    /// One sample far from those on both sides: counted, never annunciated.
    Spike,
    /// Heat substation: the secondary side does not follow, supply and return do not fit, rooms are cold.
    Substation,
    /// CNG station: pressure or demand that does not fit its hours.
    Cng,
    /// Gas concentration over its learned background.
    GasStep,
    /// Flow by night above the learned least flow by night.
    NightFlow,
    /// Several signals of one asset no longer fit each other.
    Joint,
}

impl DetectorKind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Stuck,
        Self::Rate,
        Self::Deviation,
        Self::Statistical,
        Self::Seasonal,
        Self::NoReport,
        Self::Counter,
        Self::Spike,
        Self::Substation,
        Self::Cng,
        Self::GasStep,
        Self::NightFlow,
        Self::Joint,
    ];

    /// As in the site folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Rate => "rate",
            Self::Deviation => "deviation",
            Self::Statistical => "statistical",
            Self::Seasonal => "seasonal",
            Self::NoReport => "no-report",
            Self::Counter => "counter",
            Self::Spike => "spike",
            Self::Substation => "substation",
            Self::Cng => "cng",
            Self::GasStep => "gas-step",
            Self::NightFlow => "night-flow",
            Self::Joint => "joint",
        }
    }

    /// By its name in the site folder.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What stands in [`Look::beside`](super::Look::beside), by place. Joint takes any others, up to [`DetectorSpec::INPUTS_MAX`].
    pub fn beside(self) -> &'static [&'static str] {
        match self {
            // the other sensor of the same quantity
            Self::Deviation => &["twin"],
            // outdoor temperature, °C; may be absent
            Self::Seasonal => &["outdoor"],
            // the value is the secondary supply temperature; any may be absent
            Self::Substation => {
                &["primary-supply", "primary-return", "secondary-return", "set-point", "room", "room-set-point"]
            }
            // the value is the outlet pressure; flow, same unit of time as learned
            Self::Cng => &["flow"],
            _ => &[],
        }
    }

    /// What has to be there for it to judge at all, of [`beside`](Self::beside).
    pub fn needs(self) -> usize {
        usize::from(self == Self::Deviation)
    }
}

/// What is measured, which decides the defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignalKind {
    /// °C: slow, follows weather and hours.
    Temperature,
    /// Any unit of pressure: held by a regulator, moves with demand.
    Pressure,
    /// Volume or mass a time: follows hours, many zeros.
    Flow,
    /// ppm, %LEL or %vol over a background.
    Gas,
    /// A meter reading that only grows.
    Counter,
    /// Anything else.
    #[default]
    Generic,
}

impl SignalKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Temperature, Self::Pressure, Self::Flow, Self::Gas, Self::Counter, Self::Generic];

    /// As in the site folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Pressure => "pressure",
            Self::Flow => "flow",
            Self::Gas => "gas",
            Self::Counter => "counter",
            Self::Generic => "generic",
        }
    }

    /// By its name in the site folder.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A detector's settings. All spans are time, never counts of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectorSpec {
    /// What it looks for.
    pub kind: DetectorKind,
    /// What is measured.
    pub signal: SignalKind,
    /// A fixed limit in the point's unit (rate: unit/s) in place of the learned one; rate does not judge without.
    pub limit: Option<f64>,
    /// How far off counts, in learned standard deviations; a learned heavy tail moves it out further.
    pub sigmas: f64,
    /// What never counts: changes below this, in the point's unit (rate: unit/s).
    pub least: f64,
    /// What one judgement rests on.
    pub window: Millis,
    /// Learned time before it judges.
    pub warm_up: Millis,
    /// Time constant of forgetting.
    pub memory: Millis,
    /// Hours it applies to, local minutes of the day from (included) to (not included); over midnight where from > to.
    pub hours: Option<(u16, u16)>,
    /// Joint: how many signals, the value itself included.
    pub inputs: u8,
}

impl DetectorSpec {
    /// Signals a joint model takes at most.
    pub const INPUTS_MAX: u8 = 64;

    /// The default of a kind of detector for a kind of signal.
    pub fn of(kind: DetectorKind, signal: SignalKind) -> Self {
        let slow = matches!(signal, SignalKind::Temperature | SignalKind::Counter);
        let base = Self {
            kind,
            signal,
            limit: None,
            sigmas: 6.0,
            least: 0.0,
            window: Millis::mins(10),
            warm_up: Millis::mins(24 * 60),
            memory: Millis::mins(7 * 24 * 60),
            hours: None,
            inputs: 1,
        };
        match kind {
            DetectorKind::Stuck => Self { window: Millis::mins(if slow { 240 } else { 60 }), ..base },
            DetectorKind::Rate => Self { window: Millis::mins(if slow { 15 } else { 5 }), ..base },
            DetectorKind::Deviation => Self { window: Millis::mins(15), ..base },
            // three days: a habit of the day is not odd
            DetectorKind::Statistical => Self { sigmas: 4.0, warm_up: Millis::mins(3 * 24 * 60), ..base },
            DetectorKind::Seasonal => {
                Self { sigmas: 4.0, warm_up: Millis::mins(3 * 24 * 60), memory: Millis::mins(42 * 24 * 60), ..base }
            }
            DetectorKind::NoReport => Self { warm_up: Millis::mins(60), memory: Millis::mins(24 * 60), ..base },
            DetectorKind::Counter => Self { window: Millis::mins(24 * 60), ..base },
            DetectorKind::Spike => base,
            DetectorKind::Substation => Self { window: Millis::mins(60), ..base },
            DetectorKind::Cng => Self { window: Millis::mins(15), hours: Some((6 * 60, 22 * 60)), ..base },
            DetectorKind::GasStep => {
                Self { window: Millis::mins(1), warm_up: Millis::mins(60), memory: Millis::mins(6 * 60), ..base }
            }
            DetectorKind::NightFlow => Self {
                window: Millis::mins(60),
                warm_up: Millis::mins(5 * 24 * 60),
                memory: Millis::mins(28 * 24 * 60),
                hours: Some((2 * 60, 4 * 60)),
                ..base
            },
            DetectorKind::Joint => Self { sigmas: 4.0, window: Millis::mins(6 * 60), ..base },
        }
    }
}
