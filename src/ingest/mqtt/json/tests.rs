use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::ingest::mqtt::specimen::registry;

const RECEIPT: Receipt = Receipt { at: Ts(9000), retained: false };
const DOUBT: Quality = Quality::Uncertain(Reason::Unspecified);
const BAD: Quality = Quality::Bad(Reason::Unspecified);

fn at(pointer: &str) -> ValueAt {
    ValueAt { at: pointer.to_owned(), scale: 1.0, offset: 0.0 }
}

/// `flow` at `/q/std`, `outlet_pressure` at `/p`.
fn two() -> JsonMapping {
    let values = [("flow", "/q/std"), ("outlet_pressure", "/p"), ("unknown", "/x")];
    JsonMapping {
        ts: Some("/time".to_owned()),
        values: values.map(|(name, pointer)| (name.to_owned(), at(pointer))).into(),
        ..JsonMapping::default()
    }
}

/// Point, time, value, quality.
type Seen = (u32, i64, f64, Quality);

fn read_by(mapping: &JsonMapping, named: Named, payload: &[u8]) -> (Vec<Seen>, Vec<String>) {
    let mut batch = Batch::default();
    let (registry, plan) = (registry(), Plan::new(mapping.clone()));
    let points = named.asset.map(|asset| plan.points(&registry, asset)).unwrap_or_default();
    read(&registry, &plan, named, &points, payload, RECEIPT, &mut batch);
    (batch.samples.iter().map(|s| (s.point.0, s.ts.0, s.value, s.quality)).collect(), batch.refused)
}

const RS_1: Named = Named { asset: Some(AssetId(0)), point: None };

fn plain(payload: &str) -> (Vec<(u32, i64, f64)>, Vec<String>) {
    let (samples, refused) = read_by(&two(), RS_1, payload.as_bytes());
    (samples.into_iter().map(|(p, ts, v, _)| (p, ts, v)).collect(), refused)
}

#[test]
fn values_and_times_in_all_their_forms() {
    for (text, expect) in [
        (r#"{"q":{"std":4.5},"p":2}"#, vec![(1, 9000, 4.5), (0, 9000, 2.0)]),
        (r#"{"q":{"std":" 4.5 "},"time":1732233600123}"#, vec![(1, 1_732_233_600_123, 4.5)]),
        (r#"{"p":true,"time":1732233600}"#, vec![(0, 1_732_233_600_000, 1.0)]),
        (r#"{"p":false,"time":1732233600.25}"#, vec![(0, 1_732_233_600_250, 0.0)]),
        (r#"{"p":1,"time":"1732233600"}"#, vec![(0, 1_732_233_600_000, 1.0)]),
        (r#"{"p":1,"time":"2024-11-22T00:00:00.123Z"}"#, vec![(0, 1_732_233_600_123, 1.0)]),
        (r#"{"p":1,"time":"2024-11-22T08:00:00+08:00"}"#, vec![(0, 1_732_233_600_000, 1.0)]),
    ] {
        assert_eq!(plain(text), (expect, vec![]), "{text}");
    }
}

#[test]
fn refusals_say_which_pointer_and_why() {
    for (text, expect) in [
        (r#"{"p":"on"}"#, r#"/p: "on" is not a number"#),
        (r#"{"p":"inf"}"#, r#"/p: "inf" is not a number"#),
        (r#"{"p":null}"#, "/p: null is not a number"),
        (r#"{"p":NaN}"#, "/p: NaN or infinity is not a number"),
        (r#"{"p":1,"time":"yesterday"}"#, r#"/time: "yesterday" is not a time as in RFC 3339"#),
        (r#"{"p":1,"time":-4}"#, "/time: the time is out of range"),
        (r#"{"p":1,"time":[]}"#, "/time: an array is not a time"),
        ("{}", "nothing at /q/std, /p"),
        ("7", "nothing at /q/std, /p"),
        (r#"{"p":1"#, "not JSON at byte 6: ends too early"),
    ] {
        assert_eq!(plain(text), (vec![], vec![expect.to_owned()]), "{text}");
    }
    assert_eq!(
        plain(r#"{"p":1,"q":{"std":[]}}"#),
        (vec![(0, 9000, 1.0)], vec!["/q/std: an array is not a number".into()])
    );
}

#[test]
fn a_gateway_sends_many_devices_in_one_list() {
    let mapping = JsonMapping {
        each: Some("/samples".into()),
        asset: Some("/device/id".into()),
        ts: Some("/t".into()),
        quality: Some(QualityAt {
            at: "/s".into(),
            words: vec![("192".into(), Quality::Good), ("0".into(), BAD), ("frozen".into(), DOUBT)],
        }),
        values: vec![("flow".into(), at("/q")), ("open".into(), ValueAt { at: "/o".into(), scale: 0.1, offset: -1.0 })],
        ..JsonMapping::default()
    };
    let text = br#"{"device":{"id":"rs-1"},"t":1732233600,"samples":[
        {"q":1,"s":192},
        {"q":2,"t":1732233601,"s":"frozen"},
        {"device":{"id":"v-1"},"o":30,"s":"OK"},
        {"device":{"id":"v-9"},"o":30},
        {"q":null,"s":0},
        {"q":4,"s":7}
    ]}"#;
    let (samples, refused) = read_by(&mapping, Named::default(), text);
    let seen: Vec<_> = samples.iter().map(|(p, ts, v, q)| (*p, *ts, v.to_string(), *q)).collect();
    assert_eq!(
        seen,
        [
            (1, 1_732_233_600_000, "1".into(), Quality::Good),
            (1, 1_732_233_601_000, "2".into(), DOUBT),
            (2, 1_732_233_600_000, "2".into(), Quality::Good),
            (1, 1_732_233_600_000, "NaN".into(), BAD),
        ]
    );
    assert_eq!(refused, [r#"/device/id: there is no asset "v-9""#, r#"/s: "7" is no known quality"#]);
    for (text, reason) in [
        (r#"{"device":{"id":"rs-1"}}"#, "nothing at /samples"),
        (r#"{"device":{"id":"rs-1"},"samples":{}}"#, "/samples: an object is not a list"),
        (r#"{"samples":[{"q":1}]}"#, "/device/id: there is nothing"),
        (r#"{"device":{"id":[]},"samples":[{"q":1}]}"#, "/device/id: an array is not a name"),
    ] {
        assert_eq!(read_by(&mapping, Named::default(), text.as_bytes()), (vec![], vec![reason.to_owned()]), "{text}");
    }
}

#[test]
fn a_message_may_name_its_point() {
    let mapping = JsonMapping {
        each: Some(String::new()),
        point: Some("/n".into()),
        value: Some(at("/v")),
        ts: Some("/t".into()),
        ..JsonMapping::default()
    };
    let text = br#"[{"n":"flow","v":1,"t":5},{"n":"flew","v":1},{"n":"outlet_pressure","v":"2"},{"n":"flow"}]"#;
    let (samples, refused) = read_by(&mapping, RS_1, text);
    assert_eq!(samples, [(1, 5000, 1.0, Quality::Good), (0, 9000, 2.0, Quality::Good)]);
    assert_eq!(refused, [r#"/n: asset rs-1 has no point "flew""#, "nothing at /v"]);
}

#[test]
fn a_topic_of_one_point_needs_only_a_value() {
    let mapping = JsonMapping { value: Some(at("")), ..JsonMapping::default() };
    let named = Named { asset: Some(AssetId(0)), point: Some(PointId(1)) };
    assert_eq!(read_by(&mapping, named, b"4.5"), (vec![(1, 9000, 4.5, Quality::Good)], vec![]));
    assert_eq!(read_by(&mapping, named, br#""4.5""#), (vec![(1, 9000, 4.5, Quality::Good)], vec![]));
    assert_eq!(read_by(&mapping, named, b"{}").1, [": an object is not a number"]);
}

#[test]
fn a_series_has_a_start_and_a_step() {
    let mapping = JsonMapping { step: Some(Duration::from_millis(250)), ..two() };
    let (samples, refused) = read_by(&mapping, RS_1, br#"{"time":10,"p":[1,null,"3",[]],"q":{"std":7}}"#);
    assert_eq!(
        samples,
        [(1, 10_000, 7.0, Quality::Good), (0, 10_000, 1.0, Quality::Good), (0, 10_500, 3.0, Quality::Good)]
    );
    assert_eq!(refused, ["/p: an array is not a number"]);
    let long = format!("{{\"p\":[{}1]}}", "1,".repeat(MOST + 5));
    let (samples, refused) = read_by(&mapping, RS_1, long.as_bytes());
    assert_eq!((samples.len(), refused), (MOST, vec![format!("more than {MOST} values in one message")]));
}

#[test]
fn reasons_are_counted_but_not_piled_up() {
    let mapping = JsonMapping { each: Some(String::new()), ..two() };
    let long = format!("[{}{{}}]", "{},".repeat(5000));
    let (_, refused) = read_by(&mapping, RS_1, long.as_bytes());
    assert!(refused.len() <= 21, "{}", refused.len());
}

proptest! {
    #[test]
    fn no_payload_panics(text in r#"\[?(\{("t":|"q":|"n":|"v":|[\[\]{}:,"0-9a-z\.\-]){0,12}\}?)?\]?"#) {
        for each in [None, Some(String::new()), Some("/0".to_owned())] {
            let mapping = JsonMapping {
                each,
                asset: Some("/n".into()),
                ts: Some("/t".into()),
                step: Some(Duration::from_secs(1)),
                values: vec![("flow".into(), at("/v"))],
                ..JsonMapping::default()
            };
            read_by(&mapping, Named::default(), text.as_bytes());
        }
    }
}
