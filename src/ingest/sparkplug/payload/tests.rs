use base64::Engine as _;
use proptest::prelude::*;
use prost::Message as _;

use super::super::datatype::DataType;
use super::super::proto;
use super::*;

/// Name or alias, datatype, value as text, time.
type Told = (String, u64, String, Option<u64>);

/// Time, sequence number and every metric.
fn told(bytes: &[u8]) -> (Option<u64>, Option<u64>, Vec<Told>) {
    let payload = Payload::read(bytes).unwrap();
    let metrics = payload
        .metrics()
        .map(|m| {
            let m = m.unwrap();
            let name = m.name.map_or_else(|| format!("#{}", m.alias.unwrap()), str::to_owned);
            let value = match m.value {
                Raw::Text(text) => text.to_owned(),
                raw => DataType::from_code(m.datatype.unwrap_or(0)).number(raw).unwrap().to_string(),
            };
            (name, m.datatype.unwrap_or(0), value, m.ts)
        })
        .collect();
    (payload.ts, payload.seq, metrics)
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|c| u8::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap()).collect()
}

fn data(file: &str) -> Option<serde_json::Value> {
    let dir = std::env::var("LINEPACK_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let text = std::fs::read_to_string(format!("{dir}/sparkplug-b/{file}")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

const TS: u64 = 1_486_144_502_122;

#[test]
fn messages_assembled_by_hand_are_read() {
    let ndata = hex("08eaf2f5a8a02b121e0a0e537570706c7920566f6c7461676518eaf2f5a8a02b200965cdcc44411802");
    let metric = ("Supply Voltage".to_owned(), 9, f64::from(12.3f32).to_string(), Some(TS));
    assert_eq!(told(&ndata), (Some(TS), Some(2), vec![metric]));
    assert_eq!(told(&hex("08eaf2f5a8a02b187b")), (Some(TS), Some(123), vec![]));
    // alias 100, Double 22.5, no time of its own
    let by_alias = hex("08d2e283b9fa32120d1064200a6900000000008036401801");
    let metric = ("#100".to_owned(), 10, "22.5".to_owned(), None);
    assert_eq!(told(&by_alias), (Some(1_750_855_643_474), Some(1), vec![metric]));
}

#[test]
fn examples_of_the_specification_are_read_exactly() {
    let Some(file) = data("spec_examples_encoded.json") else { return };
    for example in file["examples"].as_array().unwrap() {
        let (ts, seq, metrics) = told(&hex(example["payload_hex"].as_str().unwrap()));
        let spec = &example["spec_json"];
        assert_eq!((ts, seq), (spec["timestamp"].as_u64(), spec["seq"].as_u64()));
        let expect = spec["metrics"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(metrics.len(), expect.len());
        for ((name, datatype, value, ts), expect) in metrics.iter().zip(expect) {
            assert_eq!(Some(name.as_str()), expect["name"].as_str());
            assert_eq!(Some(DataType::from_code(*datatype).name()), expect["dataType"].as_str());
            assert_eq!(*ts, expect["timestamp"].as_u64());
            match &expect["value"] {
                serde_json::Value::String(text) => assert_eq!(value, text),
                serde_json::Value::Bool(b) => assert_eq!(value, &u8::from(*b).to_string()),
                number => assert!((value.parse::<f64>().unwrap() - number.as_f64().unwrap()).abs() < 1e-6, "{name}"),
            }
        }
    }
}

#[test]
fn vectors_of_another_implementation_are_read_exactly() {
    let Some(file) = data("umh_vectors.json") else { return };
    for vector in file["vectors"].as_array().unwrap() {
        let bytes = base64::prelude::BASE64_STANDARD.decode(vector["payload_base64"].as_str().unwrap()).unwrap();
        let (ts, seq, metrics) = told(&bytes);
        let decoded = &vector["decoded"];
        assert_eq!((ts, seq), (decoded["timestamp"].as_u64(), decoded["seq"].as_u64()));
        for ((name, datatype, value, _), expect) in metrics.iter().zip(decoded["metrics"].as_array().unwrap()) {
            let named = expect["name"].as_str().map_or_else(|| format!("#{}", expect["alias"]), str::to_owned);
            assert_eq!((name, Some(DataType::from_code(*datatype).name())), (&named, expect["type"].as_str()));
            let number = expect["value"].as_f64().unwrap_or_else(|| f64::from(u8::from(expect["value"] == true)));
            assert_eq!(value.parse::<f64>().unwrap(), number, "{name}");
        }
    }
}

#[test]
fn properties_are_found_by_their_key() {
    // keys "a", "Quality"; values Int32 1, Int32 500
    let set =
        [&[0x0a, 1, b'a', 0x0a, 7][..], b"Quality", &[0x12, 4, 0x08, 3, 0x18, 1, 0x12, 5, 0x08, 3, 0x18, 0xf4, 0x03]]
            .concat();
    let metric = Metric { properties: Some(&set), ..Metric::default() };
    assert_eq!(metric.property("Quality"), Some(Raw::Int(500)));
    assert_eq!(metric.property("a"), Some(Raw::Int(1)));
    assert_eq!(metric.property("b"), None);
    let uneven = Metric { properties: Some(&set[..set.len() - 7]), ..Metric::default() };
    assert_eq!(uneven.property("Quality"), None);
}

#[test]
fn wrong_wire_types_and_texts_are_refused() {
    for bytes in ["0a00", "0d00000000", "1a00", "1000"] {
        assert_eq!(Payload::read(&hex(bytes)).err(), Some(TYPE), "{bytes}");
    }
    for (metric, error) in [("0801", TYPE), ("120100", TYPE), ("0a01ff", TEXT), ("5200", TYPE), ("7a01ff", TEXT)] {
        let bytes = hex(metric);
        assert_eq!(Metric::read(&bytes).err(), Some(error), "{metric}");
    }
    let broken = hex("12020a05");
    let payload = Payload::read(&broken).unwrap();
    assert_eq!(payload.metrics().collect::<Vec<_>>().len(), 1);
}

fn metric() -> impl Strategy<Value = proto::Metric> {
    let value = prop_oneof![
        any::<u32>().prop_map(proto::Value::Int),
        any::<u64>().prop_map(proto::Value::Long),
        (-1e30f32..1e30).prop_map(proto::Value::Float),
        (-1e300f64..1e300).prop_map(proto::Value::Double),
        any::<bool>().prop_map(proto::Value::Bool),
        ".{0,20}".prop_map(proto::Value::Text),
    ];
    let flags = (any::<Option<bool>>(), any::<Option<bool>>());
    (
        any::<Option<String>>(),
        any::<Option<u64>>(),
        any::<Option<u64>>(),
        any::<Option<u32>>(),
        flags,
        proptest::option::of(value),
    )
        .prop_map(|(name, alias, timestamp, datatype, (is_historical, is_null), value)| proto::Metric {
            name,
            alias,
            timestamp,
            datatype,
            is_historical,
            is_null,
            value,
        })
}

proptest! {
    #[test]
    fn what_another_encoder_writes_is_read(
        timestamp in any::<Option<u64>>(),
        seq in any::<Option<u64>>(),
        metrics in proptest::collection::vec(metric(), 0..8),
    ) {
        let payload = proto::Payload { timestamp, metrics, seq };
        let bytes = payload.encode_to_vec();
        let read = Payload::read(&bytes).unwrap();
        prop_assert_eq!((read.ts, read.seq), (timestamp, seq));
        let all: Vec<_> = read.metrics().map(Result::unwrap).collect();
        prop_assert_eq!(all.len(), payload.metrics.len());
        for (read, sent) in all.iter().zip(&payload.metrics) {
            prop_assert_eq!((read.name, read.alias, read.ts), (sent.name.as_deref(), sent.alias, sent.timestamp));
            prop_assert_eq!(read.datatype, sent.datatype.map(u64::from));
            let flags = (sent.is_historical.unwrap_or(false), sent.is_null.unwrap_or(false));
            prop_assert_eq!((read.historical, read.null), flags);
            let expect = match &sent.value {
                None => Raw::Absent,
                Some(proto::Value::Int(v)) => Raw::Int(*v),
                Some(proto::Value::Long(v)) => Raw::Long(*v),
                Some(proto::Value::Float(v)) => Raw::Float(*v),
                Some(proto::Value::Double(v)) => Raw::Double(*v),
                Some(proto::Value::Bool(v)) => Raw::Bool(*v),
                Some(proto::Value::Text(v)) => Raw::Text(v),
            };
            prop_assert_eq!(read.value, expect);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(payload) = Payload::read(&bytes) {
            for metric in payload.metrics().filter_map(Result::ok) {
                let _ = (metric.property("Quality"), DataType::from_code(metric.datatype.unwrap_or(0)).number(metric.value));
            }
        }
    }
}
