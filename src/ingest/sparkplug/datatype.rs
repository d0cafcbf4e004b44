//! Datatypes: what an encoded value means as a number, and how a number is encoded to be written.

use super::payload::Raw;

/// Datatypes by their code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataType {
    /// A whole number.
    Whole {
        /// With a sign, in two's complement.
        signed: bool,
        /// Width in bits.
        bits: u8,
    },
    Float,
    Double,
    Boolean,
    /// Milliseconds since the epoch.
    DateTime,
    /// Not a number; the code.
    Other(u8),
}

const NAMES: [&str; 35] = [
    "Unknown",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float",
    "Double",
    "Boolean",
    "String",
    "DateTime",
    "Text",
    "UUID",
    "DataSet",
    "Bytes",
    "File",
    "Template",
    "PropertySet",
    "PropertySetList",
    "Int8Array",
    "Int16Array",
    "Int32Array",
    "Int64Array",
    "UInt8Array",
    "UInt16Array",
    "UInt32Array",
    "UInt64Array",
    "FloatArray",
    "DoubleArray",
    "BooleanArray",
    "StringArray",
    "DateTimeArray",
];

impl DataType {
    /// From its code; an unknown code is 0.
    pub(crate) fn from_code(code: u64) -> Self {
        let whole = |signed, bits| Self::Whole { signed, bits };
        match code {
            1 => whole(true, 8),
            2 => whole(true, 16),
            3 => whole(true, 32),
            4 => whole(true, 64),
            5 => whole(false, 8),
            6 => whole(false, 16),
            7 => whole(false, 32),
            8 => whole(false, 64),
            9 => Self::Float,
            10 => Self::Double,
            11 => Self::Boolean,
            13 => Self::DateTime,
            _ => Self::Other(u8::try_from(code).ok().filter(|&c| usize::from(c) < NAMES.len()).unwrap_or(0)),
        }
    }

    /// Its code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Whole { signed, bits } => match (signed, bits) {
                (true, 8) => 1,
                (true, 16) => 2,
                (true, 32) => 3,
                (true, _) => 4,
                (false, 8) => 5,
                (false, 16) => 6,
                (false, 32) => 7,
                (false, _) => 8,
            },
            Self::Float => 9,
            Self::Double => 10,
            Self::Boolean => 11,
            Self::DateTime => 13,
            Self::Other(code) => code,
        }
    }

    /// The specification's word.
    pub(crate) fn name(self) -> &'static str {
        NAMES.get(usize::from(self.code())).copied().unwrap_or("Unknown")
    }

    /// From the specification's word.
    pub(crate) fn of_name(name: &str) -> Self {
        let code = NAMES.iter().position(|n| *n == name).unwrap_or(0);
        Self::from_code(code as u64)
    }

    /// Whether values of it can be points.
    pub(crate) const fn is_number(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// The value as a number; none where it is none. Encoders disagree on which field holds which width, so the
    /// datatype decides, not the field.
    pub(crate) fn number(self, raw: Raw<'_>) -> Option<f64> {
        match (self, raw) {
            (_, Raw::Absent | Raw::Text(_) | Raw::Opaque) | (Self::Other(1..), _) => None,
            (_, Raw::Float(v)) => Some(f64::from(v)),
            (_, Raw::Double(v)) => Some(v),
            (_, Raw::Bool(v)) => Some(f64::from(u8::from(v))),
            (Self::Boolean, Raw::Int(v)) => Some(f64::from(u8::from(v != 0))),
            (Self::Boolean, Raw::Long(v)) => Some(f64::from(u8::from(v != 0))),
            (Self::Whole { signed: true, bits: 64 }, Raw::Int(v)) => Some(f64::from(v as i32)),
            (Self::Whole { signed, bits }, Raw::Int(v)) => Some(whole(u64::from(v), signed, bits)),
            (Self::Whole { signed, bits }, Raw::Long(v)) => Some(whole(v, signed, bits)),
            (Self::Float | Self::Double | Self::DateTime | Self::Other(0), Raw::Int(v)) => Some(f64::from(v)),
            (Self::Float | Self::Double | Self::DateTime | Self::Other(0), Raw::Long(v)) => Some(v as f64),
        }
    }

    /// A number as it is encoded to be written; the error is for people.
    pub(crate) fn encode(self, value: f64) -> Result<Raw<'static>, String> {
        let fits = |low: f64, high: f64| value.fract() == 0.0 && (low..=high).contains(&value);
        match self {
            _ if !value.is_finite() => Err("only finite numbers can be written".to_owned()),
            Self::Float => Ok(Raw::Float(value as f32)),
            Self::Double => Ok(Raw::Double(value)),
            Self::Boolean if value == 0.0 || value == 1.0 => Ok(Raw::Bool(value == 1.0)),
            Self::DateTime if fits(0.0, 9e15) => Ok(Raw::Long(value as u64)),
            Self::Whole { signed, bits } => {
                // beyond 2^53 not every whole number is a double
                let span = 2f64.powi(i32::from(bits).min(53));
                let (low, high) = if signed && bits < 64 {
                    (-span / 2.0, span / 2.0 - 1.0)
                } else {
                    (if signed { -span } else { 0.0 }, span - 1.0)
                };
                if !fits(low, high) {
                    return Err(format!("{value} is not a whole number from {low} to {high} ({})", self.name()));
                }
                let two = value as i64 as u64;
                Ok(if bits == 64 { Raw::Long(two) } else { Raw::Int((two & 0xffff_ffff) as u32) })
            }
            Self::Boolean | Self::DateTime => Err(format!("{value} is no {}", self.name())),
            Self::Other(_) => Err(format!("its datatype is {}, not a number", self.name())),
        }
    }
}

/// The low bits of a number, in two's complement where it has a sign.
fn whole(raw: u64, signed: bool, bits: u8) -> f64 {
    let shift = 64 - u32::from(bits);
    if signed { (((raw << shift) as i64) >> shift) as f64 } else { ((raw << shift) >> shift) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width() {
        for (code, raw, expect) in [
            (1, Raw::Int(0xffff_fffb), Some(-5.0)),
            (1, Raw::Int(0xfb), Some(-5.0)),
            (2, Raw::Int(0xffff_8000), Some(-32768.0)),
            (2, Raw::Int(0x8000), Some(-32768.0)),
            (3, Raw::Int(0xffff_ffff), Some(-1.0)),
            (3, Raw::Long(u64::MAX), Some(-1.0)),
            (4, Raw::Long(u64::MAX), Some(-1.0)),
            (4, Raw::Int(7), Some(7.0)),
            (5, Raw::Int(255), Some(255.0)),
            (6, Raw::Int(65535), Some(65535.0)),
            (7, Raw::Int(u32::MAX), Some(4_294_967_295.0)),
            (7, Raw::Long(4_294_967_295), Some(4_294_967_295.0)),
            (8, Raw::Long(1 << 63), Some(9_223_372_036_854_775_808.0)),
            (9, Raw::Float(12.5), Some(12.5)),
            (10, Raw::Double(0.1), Some(0.1)),
            (11, Raw::Bool(true), Some(1.0)),
            (11, Raw::Int(2), Some(1.0)),
            (12, Raw::Text("7"), None),
            (13, Raw::Long(1_486_144_502_122), Some(1_486_144_502_122.0)),
            (16, Raw::Opaque, None),
            (30, Raw::Opaque, None),
            (0, Raw::Int(3), Some(3.0)),
            (10, Raw::Absent, None),
        ] {
            assert_eq!(DataType::from_code(code).number(raw), expect, "{code} {raw:?}");
        }
    }

    #[test]
    fn codes_and_names_agree() {
        for code in 0..35u64 {
            let ty = DataType::from_code(code);
            assert_eq!((u64::from(ty.code()), ty.name()), (code, NAMES[code as usize]));
        }
        assert_eq!(DataType::from_code(99).name(), "Unknown");
        assert_eq!(DataType::from_code(u64::MAX).name(), "Unknown");
    }

    #[test]
    fn what_is_written_reads_back_or_is_refused() {
        for code in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13] {
            let ty = DataType::from_code(code);
            for value in [0.0, 1.0] {
                assert_eq!(ty.encode(value).map(|raw| ty.number(raw)), Ok(Some(value)), "{}", ty.name());
            }
        }
        for (code, value) in [(1, -128.0), (2, -32768.0), (3, -2_147_483_648.0), (4, -9e15), (7, 4_294_967_295.0)] {
            let ty = DataType::from_code(code);
            assert_eq!(ty.encode(value).map(|raw| ty.number(raw)), Ok(Some(value)), "{}", ty.name());
        }
        for (code, value) in
            [(1, 128.0), (5, -1.0), (5, 256.0), (3, 0.5), (11, 2.0), (12, 1.0), (10, f64::NAN), (8, 1e300)]
        {
            assert!(DataType::from_code(code).encode(value).is_err(), "{code} {value}");
        }
    }
}
