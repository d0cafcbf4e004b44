//! Calculated points, totals and entered values through the real program: over HTTP, through `kill -9`, through a reload.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Caller, Hub, now_ms, small_site, token};
use crate::modbus_slave::{Reaction, Slave};

const POINTS: &str = r#"
[[template.point]]
name = "inlet_pressure"
unit = "kPa"
[[template.point]]
name = "drop"
unit = "kPa"
calc = "{inlet_pressure} - {outlet_pressure}"
[[template.point]]
name = "flow"
unit = "m3/h"
[[template.point]]
name = "volume"
unit = "m3"
total = { of = "flow", per = "s", max_gap = "1h" }
[[template.point]]
name = "odorant"
unit = "mg/m3"
manual = true
range = [0.0, 100.0]
[[template.point]]
name = "door"
states = { "0" = "closed", "1" = "open" }
"#;

async fn value(caller: &Caller, point: &str) -> Value {
    caller.get(&format!("/api/v1/points/{point}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn derived_and_entered_values_outlive_a_kill_and_nothing_counts_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), "sqlite://data/hub.db", "60s", POINTS);
    let (engineer, operator) =
        (token(dir.path(), "eng", "engineer", None).await, token(dir.path(), "op", "operator", None).await);
    let start = now_ms() - 20_000;

    let hub = Hub::start(dir.path()).await;
    let (eng, op) = (hub.with_token(&engineer), hub.with_token(&operator));
    let batch = json!([
        {"point": "rs-1/inlet_pressure", "ts_ms": start, "value": 300.0},
        {"point": "rs-1/outlet_pressure", "ts_ms": start, "value": 100.0},
        {"point": "rs-1/door", "ts_ms": start, "value": 1.0},
        {"point": "rs-1/flow", "ts_ms": start, "value": 2.0},
        {"point": "rs-1/flow", "ts_ms": start + 1000, "value": 4.0},
    ]);
    assert_eq!(eng.post("/api/v1/samples", batch.clone()).await["accepted"], 5);
    let drop = value(&eng, "rs-1/drop").await;
    assert_eq!(
        (&drop["value"], &drop["quality"], &drop["ts_ms"], &drop["status_code"]),
        (&json!(200.0), &json!("good"), &json!(start), &json!(0))
    );
    assert_eq!(value(&eng, "rs-1/volume").await["value"], 3.0);
    let door = value(&eng, "rs-1/door").await;
    assert_eq!((&door["text"], &door["states"]), (&json!("open"), &json!([[0, "closed"], [1, "open"]])));

    // by hand
    let entered = op.post("/api/v1/points/rs-1/odorant/value", json!({"value": 18.5, "reason": "sampled"})).await;
    assert_eq!(
        (&entered["value"], &entered["quality"], &entered["entry"]),
        (&json!(18.5), &json!("good"), &json!("enter"))
    );
    let body = json!({"value": 95.0, "reason": "transmitter off", "minutes": 60});
    let put = op.post("/api/v1/points/rs-1/outlet_pressure/substitute", body).await;
    assert_eq!(
        (&put["value"], &put["reason"], &put["status_code"]),
        (&json!(95.0), &json!("substituted"), &json!(0x4091_0000u32))
    );
    assert_eq!((&put["substitute"]["by"], &put["substitute"]["reason"]), (&json!("op"), &json!("transmitter off")));
    let drop = value(&eng, "rs-1/drop").await;
    assert_eq!((&drop["value"], &drop["reason"]), (&json!(205.0), &json!("substituted")));
    eng.sample("rs-1/outlet_pressure", start + 2000, 131.0).await;
    assert_eq!(eng.get("/api/v1/alarms").await["items"], json!([]), "a substituted value raises nothing");
    hub.kill9().await;

    let hub = Hub::start(dir.path()).await;
    let (eng, op) = (hub.with_token(&engineer), hub.with_token(&operator));
    let list = eng.get("/api/v1/values?substituted=true").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!((&list["items"][0]["value"], &list["items"][0]["substitute"]["by"]), (&json!(95.0), &json!("op")));
    assert_eq!(value(&eng, "rs-1/volume").await["value"], 3.0);
    // the same again, then on: an interval of two seconds at 4
    eng.post("/api/v1/samples", batch).await;
    eng.sample("rs-1/flow", start + 3000, 4.0).await;
    assert_eq!(value(&eng, "rs-1/volume").await["value"], 11.0);

    // a reload keeps all of it
    let site = std::fs::read_to_string(dir.path().join("hub.toml")).expect("the site");
    std::fs::write(dir.path().join("hub.toml"), site.replace("- {outlet_pressure}", "- 2 * {outlet_pressure}"))
        .expect("writable");
    let d = eng.post("/api/v1/site/reload", json!({})).await;
    assert_eq!(d["changed"], json!(["template regulator"]), "{d}");
    assert_eq!(value(&eng, "rs-1/drop").await["value"], 110.0);
    assert_eq!(value(&eng, "rs-1/outlet_pressure").await["value"], 95.0);
    assert_eq!(value(&eng, "rs-1/volume").await["value"], 11.0);
    eng.sample("rs-1/flow", start + 4000, 4.0).await;
    assert_eq!(value(&eng, "rs-1/volume").await["value"], 15.0);

    let back = op.post("/api/v1/points/rs-1/outlet_pressure/unsubstitute", json!({"reason": "back"})).await;
    assert_eq!((&back["value"], &back["substitute"]), (&json!(131.0), &Value::Null));
    let reset = op.post("/api/v1/points/rs-1/volume/value", json!({"value": 1000.0, "reason": "meter changed"})).await;
    assert_eq!((&reset["value"], &reset["entry"]), (&json!(1000.0), &json!("reset")));
    let entries = eng.get("/api/v1/points/rs-1/outlet_pressure/entries").await;
    let rows: Vec<_> =
        entries["items"].as_array().expect("a list").iter().map(|r| (&r["kind"], &r["value"], &r["reason"])).collect();
    assert_eq!(
        rows,
        [
            (&json!("unsubstitute"), &json!(131.0), &json!("back")),
            (&json!("substitute"), &json!(95.0), &json!("transmitter off"))
        ]
    );
    assert_eq!(entries["items"][0]["actor"], "op");
    let history =
        eng.get(&format!("/api/v1/history?points=rs-1/outlet_pressure&from_ms={start}&to_ms={}", start + 10_000)).await;
    assert_eq!(
        history["series"][0]["rows"],
        json!([[start, 100.0, "good"], [start + 2000, 131.0, "good"]]),
        "as received"
    );
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_program_speaks_for_what_the_hub_or_its_people_say() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), "sqlite://data/hub.db", "60s", POINTS);
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let hub = Hub::start(dir.path()).await;
    let eng = hub.with_token(&engineer);
    let rows = json!([
        {"point": "rs-1/inlet_pressure", "value": 300.0},
        {"point": "rs-1/outlet_pressure", "value": 100.0},
        {"point": "rs-1/drop", "value": 1.0},
        {"point": "rs-1/volume", "value": 5.0},
        {"point": "rs-1/odorant", "value": 77.0},
    ]);
    let answer = eng.post("/api/v1/samples", rows).await;
    assert_eq!((&answer["accepted"], &answer["refused"]), (&json!(2), &json!(3)), "{answer}");
    let reasons: Vec<_> = (0..3).map(|n| answer["refusals"][n]["reason"].as_str().unwrap_or_default()).collect();
    assert_eq!(reasons, ["the hub calculates it", "the hub keeps this total", "people enter it, with a reason"]);
    assert_eq!(value(&eng, "rs-1/drop").await["value"], 200.0);
    assert_eq!(value(&eng, "rs-1/odorant").await["value"], Value::Null);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_entered_is_refused_in_order() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), "sqlite://data/hub.db", "60s", POINTS);
    let (viewer, operator) =
        (token(dir.path(), "view", "viewer", None).await, token(dir.path(), "op", "operator", None).await);
    let hub = Hub::start(dir.path()).await;
    let (viewer, op) = (hub.with_token(&viewer), hub.with_token(&operator));
    let ahead = now_ms() + 3_600_000;
    for (caller, path, body, status, what) in [
        (&viewer, "none/none/value", json!({}), 403, ""),
        (&op, "rs-1/none/value", json!({}), 404, ""),
        (&op, "rs-1/flow/value", json!({}), 422, "value"),
        (&op, "rs-1/odorant/value", json!({"value": 1.0}), 422, "reason"),
        (&op, "rs-1/odorant/value", json!({"value": 1.0, "reason": " "}), 422, "reason"),
        (&op, "rs-1/odorant/value", json!({"value": 101.0, "reason": "x"}), 422, "value"),
        (&op, "rs-1/odorant/value", json!({"value": 1.0, "reason": "x", "ts_ms": ahead}), 422, "ts_ms"),
        (&op, "rs-1/odorant/value", json!({"value": "1", "reason": "x"}), 422, "value"),
        (&op, "rs-1/volume/value", json!({"value": -1.0, "reason": "x"}), 422, "value"),
        (&op, "rs-1/flow/value", json!({"value": 1.0, "reason": "x"}), 409, "measured"),
        (&op, "rs-1/drop/value", json!({"value": 1.0, "reason": "x"}), 409, "measured"),
        (&op, "rs-1/flow/substitute", json!({"value": 1.0}), 422, "reason"),
        (&op, "rs-1/flow/substitute", json!({"value": 1.0, "reason": "x", "minutes": 0}), 422, "minutes"),
        (&op, "rs-1/outlet_pressure/substitute", json!({"value": 601.0, "reason": "x"}), 422, "value"),
        (&op, "rs-1/flow/unsubstitute", json!({}), 409, "not-substituted"),
    ] {
        let (got, problem) = caller.send(Method::POST, &format!("/api/v1/points/{path}"), Some(body.clone())).await;
        assert_eq!(got, StatusCode::from_u16(status).expect("a status"), "{path} {body}: {problem}");
        let told = if status == 409 { &problem["state"] } else { &problem["errors"][0]["field"] };
        assert!(what.is_empty() || told == what, "{path} {body}: {problem}");
    }
    hub.stop().await;
}

/// A device whose registers all hold 7.
async fn sevens() -> Slave {
    Slave::tcp(|_, pdu| {
        let registers = pdu.get(4).copied().unwrap_or(0);
        let mut answer = vec![pdu[0], registers * 2];
        answer.extend((0..registers).flat_map(|_| [0, 7]));
        Reaction::Answer(answer)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_touches_no_socket_that_has_nothing_to_do_with_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (north, south) = (sevens().await, sevens().await);
    let hub = format!(
        r#"
[hub]
name = "Two lines"
[server]
listen = "127.0.0.1:0"
[store]
url = "sqlite://data/hub.db"
[[connection]]
name = "north"
protocol = "modbus-tcp"
address = "{}"
[[connection]]
name = "south"
protocol = "modbus-tcp"
address = "{}"
[[template]]
name = "meter"
every = "100ms"
[[template.point]]
name = "level"
modbus = {{ table = "input", address = 0, type = "u16" }}
[[template.point.alarm]]
kind = "high"
limit = 5.0
priority = "low"
"#,
        north.address, south.address
    );
    let head = "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n";
    let assets = format!("{head}n-1,,,meter,north,1,0,106.5,29.5,\ns-1,,,meter,south,1,0,106.5,29.5,\n");
    for (name, content) in [
        ("hub.toml", hub.as_str()),
        ("assets.csv", assets.as_str()),
        ("crews.csv", "id,name,phone,skills,base_lon,base_lat,shift,area\n"),
    ] {
        std::fs::write(dir.path().join(name), content).expect("writable");
    }
    let engineer = token(dir.path(), "eng", "engineer", None).await;
    let hub = Hub::start(dir.path()).await;
    let eng = hub.with_token(&engineer);
    let both = |a: &Value| a["items"].as_array().is_some_and(|i| i.len() == 2);
    let before = eng.until("/api/v1/alarms", "both alarms", both).await;

    // the new asset stands first, so that every number moves
    let more = assets.replace(head, &format!("{head}s-0,,,meter,south,2,0,106.5,29.5,\n"));
    std::fs::write(dir.path().join("assets.csv"), more).expect("writable");
    let d = eng.post("/api/v1/site/reload", json!({})).await;
    assert_eq!((&d["added"], &d["removed"], &d["changed"]), (&json!(["asset s-0"]), &json!([]), &json!([])));
    eng.until("/api/v1/points/s-0/level", "the new asset", |v| v["value"] == 7.0).await;
    north.take_seen();
    eng.until("/api/v1/points/n-1/level", "the old one", |v| v["quality"] == "good" && !north.take_seen().is_empty())
        .await;
    assert_eq!((north.accepted(), south.accepted()), (1, 1), "connections made since the start");

    let after = eng.get("/api/v1/alarms").await;
    for alarm in before["items"].as_array().expect("a list") {
        let same = after["items"].as_array().expect("a list").iter().find(|a| a["id"] == alarm["id"]);
        let same = same.unwrap_or_else(|| panic!("{} is gone: {after}", alarm["id"]));
        assert_eq!(
            (&same["state"], &same["raised_ms"], &same["seq"]),
            (&alarm["state"], &alarm["raised_ms"], &alarm["seq"])
        );
    }
    hub.stop().await;
}
