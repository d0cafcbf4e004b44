//! What the host sends, for prost. Field numbers are those of `sparkplug_b.proto`.

use linepack_core::Ts;
use prost::Message as _;

use super::payload::Raw;

/// A payload.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Payload {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) timestamp: Option<u64>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) metrics: Vec<Metric>,
    #[prost(uint64, optional, tag = "3")]
    pub(crate) seq: Option<u64>,
}

/// A metric.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Metric {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(uint64, optional, tag = "2")]
    pub(crate) alias: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    pub(crate) timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "4")]
    pub(crate) datatype: Option<u32>,
    #[prost(bool, optional, tag = "5")]
    pub(crate) is_historical: Option<bool>,
    #[prost(bool, optional, tag = "7")]
    pub(crate) is_null: Option<bool>,
    #[prost(oneof = "Value", tags = "10, 11, 12, 13, 14, 15")]
    pub(crate) value: Option<Value>,
}

/// Values that can be written.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Value {
    #[prost(uint32, tag = "10")]
    Int(u32),
    #[prost(uint64, tag = "11")]
    Long(u64),
    #[prost(float, tag = "12")]
    Float(f32),
    #[prost(double, tag = "13")]
    Double(f64),
    #[prost(bool, tag = "14")]
    Bool(bool),
    #[prost(string, tag = "15")]
    Text(String),
}

/// How a command names its metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Name(Box<str>),
    Alias(u64),
}

/// The payload of a command for one metric; a command has no sequence number. The datatype goes with a name only: many
/// edge nodes cannot read a named value without it.
pub(crate) fn command(now: Ts, metric: Named, datatype: u8, value: Raw<'_>) -> Vec<u8> {
    let timestamp = u64::try_from(now.ms()).ok();
    let (name, alias, datatype) = match metric {
        Named::Name(name) => (Some(name.into()), None, Some(u32::from(datatype))),
        Named::Alias(alias) => (None, Some(alias), None),
    };
    let value = match value {
        Raw::Int(v) => Some(Value::Int(v)),
        Raw::Long(v) => Some(Value::Long(v)),
        Raw::Float(v) => Some(Value::Float(v)),
        Raw::Double(v) => Some(Value::Double(v)),
        Raw::Bool(v) => Some(Value::Bool(v)),
        Raw::Text(v) => Some(Value::Text(v.to_owned())),
        Raw::Absent | Raw::Opaque => None,
    };
    let metric = Metric { name, alias, timestamp, datatype, value, ..Metric::default() };
    Payload { timestamp, metrics: vec![metric], seq: None }.encode_to_vec()
}

/// Asks an edge node for all its births.
pub(crate) fn rebirth(now: Ts) -> Vec<u8> {
    command(now, Named::Name("Node Control/Rebirth".into()), 11, Raw::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebirth_request_is_what_the_specification_says() {
        let bytes = rebirth(Ts(1_486_144_502_122));
        // payload time; a metric: name, time, Boolean, true; no sequence number
        let mut expect = vec![0x08, 0xea, 0xf2, 0xf5, 0xa8, 0xa0, 0x2b, 0x12, 33, 0x0a, 20];
        expect.extend(b"Node Control/Rebirth");
        expect.extend([0x18, 0xea, 0xf2, 0xf5, 0xa8, 0xa0, 0x2b, 0x20, 11, 0x70, 1]);
        assert_eq!(bytes, expect);
    }
}
