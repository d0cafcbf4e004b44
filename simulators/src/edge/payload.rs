//! Sparkplug B payloads, as far as the edge node sends and understands them.

use prost::Message as _;

/// Codes of datatypes.
const UINT64: u32 = 8;
const DOUBLE: u32 = 10;
const BOOLEAN: u32 = 11;

/// One message.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Payload {
    /// Sent, UTC milliseconds.
    #[prost(uint64, optional, tag = "1")]
    pub(crate) timestamp: Option<u64>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) metrics: Vec<Metric>,
    /// 0 to 255, counted over all messages of a node; not in deaths and commands.
    #[prost(uint64, optional, tag = "3")]
    pub(crate) seq: Option<u64>,
}

/// A value.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Metric {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    /// Stands for the name after the birth.
    #[prost(uint64, optional, tag = "2")]
    pub(crate) alias: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "4")]
    datatype: Option<u32>,
    #[prost(oneof = "Value", tags = "10, 11, 12, 13, 14")]
    pub(crate) value: Option<Value>,
}

/// The value as it is encoded.
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
}

impl Payload {
    pub(crate) fn new(now_ms: i64, seq: Option<u8>, metrics: Vec<Metric>) -> Self {
        Self { timestamp: u64::try_from(now_ms).ok(), metrics, seq: seq.map(u64::from) }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        Self::decode(bytes).ok()
    }
}

impl Metric {
    /// A measurement in a birth.
    pub(crate) fn born(name: &str, alias: u64, value: f64) -> Self {
        Self { name: Some(name.to_owned()), datatype: Some(DOUBLE), ..Self::data(alias, value) }
    }

    /// A measurement after the birth.
    pub(crate) fn data(alias: u64, value: f64) -> Self {
        Self { alias: Some(alias), value: Some(Value::Double(value)), ..Self::default() }
    }

    /// Yes or no, in a birth.
    pub(crate) fn flag(name: &str, on: bool) -> Self {
        Self { name: Some(name.to_owned()), datatype: Some(BOOLEAN), value: Some(Value::Bool(on)), ..Self::default() }
    }

    /// A count.
    pub(crate) fn count(name: &str, n: u64) -> Self {
        Self { name: Some(name.to_owned()), datatype: Some(UINT64), value: Some(Value::Long(n)), ..Self::default() }
    }

    /// As a number, whatever the width.
    pub(crate) fn number(&self) -> Option<f64> {
        Some(match self.value.as_ref()? {
            Value::Int(n) => f64::from(*n),
            Value::Long(n) => *n as f64,
            Value::Float(x) => f64::from(*x),
            Value::Double(x) => *x,
            Value::Bool(on) => f64::from(u8::from(*on)),
        })
    }
}
