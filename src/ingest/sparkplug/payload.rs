//! Sparkplug B payloads, read in place. Field numbers are those of `sparkplug_b.proto`.

use super::protobuf::{Field, Fields, Malformed};

const TEXT: Malformed = Malformed("a text is not UTF-8");
const TYPE: Malformed = Malformed("a field has another wire type than it must have");

/// One message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payload<'a> {
    /// When it was sent, ms since the epoch.
    pub(crate) ts: Option<u64>,
    /// Sequence number.
    pub(crate) seq: Option<u64>,
    /// Metrics it has.
    pub(crate) count: usize,
    bytes: &'a [u8],
}

impl<'a> Payload<'a> {
    /// Reads all but the metrics, which are only skipped.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (mut fields, mut ts, mut seq, mut count) = (Fields::new(bytes), None, None, 0);
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Varint(v)) => ts = Some(v),
                (3, Field::Varint(v)) => seq = Some(v),
                (2, Field::Bytes(_)) => count += 1,
                (4 | 5, Field::Bytes(_)) => {}
                (1..=5, _) => return Err(TYPE),
                _ => {}
            }
        }
        Ok(Self { ts, seq, count, bytes })
    }

    /// The metrics, in order; ends after the first that cannot be read.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = Result<Metric<'a>, Malformed>> + use<'a> {
        let mut fields = Fields::new(self.bytes);
        std::iter::from_fn(move || {
            loop {
                match fields.next() {
                    Ok(Some((2, Field::Bytes(bytes)))) => return Some(Metric::read(bytes)),
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(e) => {
                        fields = Fields::new(&[]);
                        return Some(Err(e));
                    }
                }
            }
        })
    }
}

/// One metric as it stands in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Metric<'a> {
    /// In births, and where no alias is used.
    pub(crate) name: Option<&'a str>,
    /// Stands for the name after the birth.
    pub(crate) alias: Option<u64>,
    /// When it was measured, ms since the epoch.
    pub(crate) ts: Option<u64>,
    /// Code of the datatype.
    pub(crate) datatype: Option<u64>,
    /// Not the present value: for the historian only.
    pub(crate) historical: bool,
    /// There is no value.
    pub(crate) null: bool,
    /// The value as it is encoded.
    pub(crate) value: Raw<'a>,
    properties: Option<&'a [u8]>,
}

/// The value as it is encoded; its datatype says what it means.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Raw<'a> {
    /// None was sent.
    #[default]
    Absent,
    /// Up to 32 bits; signed ones in two's complement.
    Int(u32),
    /// Up to 64 bits.
    Long(u64),
    /// Single precision.
    Float(f32),
    /// Double precision.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(&'a str),
    /// Bytes, datasets, templates, extensions: of no use as a number.
    Opaque,
}

impl<'a> Metric<'a> {
    #[inline]
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (mut fields, mut metric) = (Fields::new(bytes), Self::default());
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Bytes(v)) => metric.name = Some(text(v)?),
                (2, Field::Varint(v)) => metric.alias = Some(v),
                (3, Field::Varint(v)) => metric.ts = Some(v),
                (4, Field::Varint(v)) => metric.datatype = Some(v),
                (5, Field::Varint(v)) => metric.historical = v != 0,
                (7, Field::Varint(v)) => metric.null = v != 0,
                (9, Field::Bytes(v)) => metric.properties = Some(v),
                (10..=19, v) => metric.value = Raw::read(field.0 - 10, v)?,
                (6, Field::Varint(_)) | (8, Field::Bytes(_)) => {}
                (1..=9, _) => return Err(TYPE),
                _ => {}
            }
        }
        Ok(metric)
    }

    /// A property by its name; a set whose keys and values do not match has none.
    pub(crate) fn property(&self, name: &str) -> Option<Raw<'a>> {
        let mut fields = Fields::new(self.properties?);
        let (mut keys, mut at) = (0usize, None);
        let mut values = 0usize;
        while let Ok(Some((number, field))) = fields.next() {
            match (number, field) {
                (1, Field::Bytes(key)) => {
                    if at.is_none() && key == name.as_bytes() {
                        at = Some(keys);
                    }
                    keys += 1;
                }
                (2, Field::Bytes(_)) => values += 1,
                _ => {}
            }
        }
        if keys != values {
            return None;
        }
        let mut fields = Fields::new(self.properties?);
        let mut skip = at?;
        while let Ok(Some((number, field))) = fields.next() {
            match (number, field) {
                (2, Field::Bytes(value)) if skip == 0 => return property_value(value),
                (2, _) => skip -= 1,
                _ => {}
            }
        }
        None
    }
}

impl<'a> Raw<'a> {
    /// The oneof that metrics and properties share: `first` is the place behind its first number.
    #[inline]
    fn read(first: u32, field: Field<'a>) -> Result<Self, Malformed> {
        Ok(match (first, field) {
            // the encoders of some devices widen a negative number to 64 bits; the low 32 are it
            (0, Field::Varint(v)) => Self::Int((v & 0xffff_ffff) as u32),
            (1, Field::Varint(v)) => Self::Long(v),
            (2, Field::Fixed32(v)) => Self::Float(f32::from_bits(v)),
            (3, Field::Fixed64(v)) => Self::Double(f64::from_bits(v)),
            (4, Field::Varint(v)) => Self::Bool(v != 0),
            (5, Field::Bytes(v)) => Self::Text(text(v)?),
            (6.., Field::Bytes(_)) => Self::Opaque,
            _ => return Err(TYPE),
        })
    }
}

fn property_value(bytes: &[u8]) -> Option<Raw<'_>> {
    let (mut fields, mut value) = (Fields::new(bytes), Raw::Absent);
    while let Ok(Some((number, field))) = fields.next() {
        if number >= 3 {
            value = Raw::read(number - 3, field).ok()?;
        }
    }
    Some(value)
}

fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| TEXT)
}

#[cfg(test)]
mod tests;
