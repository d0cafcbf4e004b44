//! Commands to the field through the real program: selected, executed, written to a device over Modbus, read back.

mod device;

use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, http::HeaderValue};

use crate::hub::{Caller, Hub, token};
use device::{Device, Manner};

const SET_POINT: &str = "rs-1/set_point";
const OPEN: &str = "rs-1/valve";

/// A regulator whose set point and valve can be moved; `rs-2` has no connection.
fn site(dir: &Path, device: &Device, timeout: &str, commands: &str) {
    let hub = format!(
        r#"
[hub]
name = "Test Grid"
[server]
listen = "127.0.0.1:0"
[store]
url = "sqlite://data/hub.db"
{commands}
[[connection]]
name = "rtu"
protocol = "modbus-tcp"
address = "127.0.0.1:{}"
timeout = "{timeout}"
retry_max = "1s"
[[template]]
name = "regulator"
every = "100ms"
[[template.point]]
name = "set_point"
unit = "kPa"
range = [0.0, 600.0]
modbus = {{ table = "holding", address = 10, type = "u16", scale = 0.1, write = true }}
[[template.point]]
name = "outlet_pressure"
unit = "kPa"
modbus = {{ table = "holding", address = 11, type = "u16", scale = 0.1 }}
[[template.point]]
name = "valve"
range = [0, 1]
modbus = {{ table = "coil", address = 3, type = "bit", write = true }}
"#,
        device.port()
    );
    let assets = "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n\
                  rs-1,North,district-regulator,regulator,rtu,1,0,106.50,29.55,A\n\
                  rs-2,South,district-regulator,regulator,,,,106.55,29.50,B\n";
    let crews = "id,name,phone,skills,base_lon,base_lat,shift,area\n";
    for (name, content) in [("hub.toml", hub.as_str()), ("assets.csv", assets), ("crews.csv", crews)] {
        std::fs::write(dir.join(name), content).expect("the site folder is writable");
    }
}

/// A hub with a device behind it, and two operators.
struct Room {
    hub: Hub,
    device: Device,
    li: Caller,
    wang: Caller,
    tokens: (String, String),
    dir: tempfile::TempDir,
}

impl Room {
    async fn open(timeout: &str, commands: &str) -> Room {
        let (dir, device) = (tempfile::tempdir().expect("a folder"), Device::start().await);
        device.set(10, 980);
        site(dir.path(), &device, timeout, commands);
        let tokens =
            (token(dir.path(), "li", "operator", None).await, token(dir.path(), "wang", "operator", None).await);
        let hub = Hub::start(dir.path()).await;
        let (li, wang) = (hub.with_token(&tokens.0), hub.with_token(&tokens.1));
        let room = Room { hub, device, li, wang, tokens, dir };
        room.reads().await;
        room
    }

    /// Waits until the device is read.
    async fn reads(&self) {
        let path = format!("/api/v1/points/{SET_POINT}");
        self.li.until(&path, "the set point", |v| v["quality"] == "good").await;
    }

    async fn state(&self, id: &str, what: &str, states: &[&str]) -> Value {
        let path = format!("/api/v1/commands/{id}");
        self.li.until(&path, what, |c| states.iter().any(|s| c["state"] == *s)).await
    }
}

async fn select(who: &Caller, point: &str, value: f64) -> (StatusCode, Value) {
    let body = json!({"point": point, "value": value, "reason": "night setting"});
    who.send(Method::POST, "/api/v1/commands", Some(body)).await
}

/// Selects, which must go well; the id.
async fn selected(who: &Caller, point: &str, value: f64) -> String {
    let (status, command) = select(who, point, value).await;
    assert_eq!((status, &command["state"]), (StatusCode::CREATED, &json!("selected")), "{command}");
    command["id"].as_str().expect("id").to_owned()
}

async fn execute(who: &Caller, id: &str) -> (StatusCode, Value) {
    who.send(Method::POST, &format!("/api/v1/commands/{id}/execute"), Some(json!({}))).await
}

async fn cancel(who: &Caller, id: &str) -> (StatusCode, Value) {
    who.send(Method::POST, &format!("/api/v1/commands/{id}/cancel"), Some(json!({}))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_selected_and_executed_arrives_at_the_device_once_and_is_verified() {
    let room = Room::open("500ms", "").await;
    for (point, value, before, register) in [(SET_POINT, 101.5, json!(98.0), 10), (OPEN, 1.0, json!(0.0), 3)] {
        let id = selected(&room.li, point, value).await;
        let writes = room.device.writes();
        let (status, executing) = execute(&room.li, &id).await;
        assert_eq!((status, &executing["state"]), (StatusCode::OK, &json!("executing")), "{executing}");
        let done = room.state(&id, "the read-back", &["verified"]).await;
        assert_eq!((&done["before"], &done["value"], &done["cause"]), (&before, &json!(value), &Value::Null), "{done}");
        assert_eq!(
            (&done["selected_by"], &done["executed_by"], &done["finished_by"]),
            (&json!("li"), &json!("li"), &json!("hub"))
        );
        assert_eq!((&done["selected_from"], &done["reason"]), (&json!("127.0.0.1"), &json!("night setting")));
        assert_eq!(room.device.register(register), if register == 10 { 1015 } else { 1 });
        assert_eq!(room.device.writes(), writes + 1, "written when it is executed, once");
        // asked again it answers the present state and writes nothing
        let (status, again) = execute(&room.li, &id).await;
        assert_eq!((status, &again), (StatusCode::OK, &done));
        room.li.until(&format!("/api/v1/points/{point}"), "the new value", |v| v["value"] == json!(value)).await;
        assert_eq!(room.device.writes(), writes + 1);
        let (status, problem) = cancel(&room.li, &id).await;
        assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("verified")));
    }
    let journal = room.wang.get("/api/v1/commands").await;
    assert_eq!(journal["items"].as_array().map(Vec::len), Some(2));
    let of = room.wang.get(&format!("/api/v1/commands?point={SET_POINT}&state=verified&from_ms=1")).await;
    assert_eq!((of["items"].as_array().map(Vec::len), &of["items"][0]["point"]), (Some(1), &json!(SET_POINT)));
    let live = room.wang.get("/api/v1/commands?state=selected,executing").await;
    assert_eq!(live["items"], json!([]));
    room.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_does_not_do_it_is_told_as_it_is() {
    let room = Room::open("300ms", "[commands]\nverify_within = \"1s\"").await;
    for (manner, state, cause) in [
        (Manner::Ignores, "unverified", "read-back"),
        (Manner::Refuses, "failed", "refused"),
        (Manner::SilentOnWrite, "unknown", "no-answer"),
    ] {
        room.reads().await;
        room.device.behave(manner);
        let writes = room.device.writes();
        let id = selected(&room.li, SET_POINT, 120.0).await;
        execute(&room.li, &id).await;
        let done = room.state(&id, state, &["verified", "failed", "unverified", "unknown"]).await;
        assert_eq!((&done["state"], &done["cause"]), (&json!(state), &json!(cause)), "{manner:?}: {done}");
        assert!(done["detail"].as_str().is_some_and(|d| !d.is_empty()), "{done}");
        let found = if state == "unverified" { json!(98.0) } else { Value::Null };
        assert_eq!(done["found"], found, "{done}");
        assert_eq!(room.device.writes(), writes + 1, "{manner:?}: sent once, whatever came of it");
        room.device.behave(Manner::Well);
    }
    room.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_selected_or_executed_over_a_link_that_is_down() {
    let mut room = Room::open("300ms", "").await;
    let id = selected(&room.li, SET_POINT, 120.0).await;
    let writes = room.device.writes();
    room.device.stop();
    let down = |v: &Value| v["reason"] == "comm-failure";
    room.li.until(&format!("/api/v1/points/{SET_POINT}"), "the dead link", down).await;
    let (status, problem) = execute(&room.li, &id).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("selected")), "{problem}");
    let (status, problem) = select(&room.li, OPEN, 1.0).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("down")), "{problem}");
    // a selection that is still good may be executed when the link is back
    room.device.resume().await;
    room.reads().await;
    assert_eq!(room.device.writes(), writes);
    assert_eq!(execute(&room.li, &id).await.0, StatusCode::OK);
    room.state(&id, "the read-back", &["verified"]).await;
    room.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_runs_out_and_is_never_sent() {
    let room = Room::open("300ms", "[commands]\nselect_timeout = \"1s\"").await;
    let writes = room.device.writes();
    let id = selected(&room.li, SET_POINT, 120.0).await;
    let ended = room.state(&id, "the selection to run out", &["expired"]).await;
    assert_eq!(ended["executed_ms"], Value::Null);
    let (status, problem) = execute(&room.li, &id).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("expired")));
    assert_eq!((room.device.writes(), room.device.register(10)), (writes, 980));
    selected(&room.wang, SET_POINT, 110.0).await;
    room.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_in_the_middle_it_is_unknown_and_never_sent_again() {
    let room = Room::open("20s", "").await;
    room.device.behave(Manner::SilentOnWrite);
    let writes = room.device.writes();
    let id = selected(&room.li, SET_POINT, 120.0).await;
    let (status, executing) = execute(&room.li, &id).await;
    assert_eq!((status, &executing["state"]), (StatusCode::OK, &json!("executing")));
    room.device.written(writes + 1).await;
    let Room { hub, device, tokens, dir, .. } = room;
    hub.kill9().await;
    device.behave(Manner::Well);

    let hub = Hub::start(dir.path()).await;
    let (li, wang) = (hub.with_token(&tokens.0), hub.with_token(&tokens.1));
    let path = format!("/api/v1/commands/{id}");
    let known = li.until(&path, "the unknown command", |c| c["state"] == "unknown").await;
    assert_eq!((&known["cause"], &known["executed_by"]), (&json!("restart"), &json!("li")), "{known}");
    let (status, again) = execute(&li, &id).await;
    assert_eq!((status, &again["state"]), (StatusCode::OK, &json!("unknown")));
    // the device is polled again, and not written to
    li.until(&format!("/api/v1/points/{SET_POINT}"), "the set point", |v| v["quality"] == "good").await;
    assert_eq!(device.writes(), writes + 1);
    let id = selected(&wang, SET_POINT, 110.0).await;
    assert_eq!(id, "cmd-000002", "numbers go on");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_operators_one_holds_the_point_and_the_other_is_told_who() {
    let room = Room::open("300ms", "").await;
    let (a, b) = tokio::join!(select(&room.li, SET_POINT, 110.0), select(&room.wang, SET_POINT, 111.0));
    let (mine, problem, owner, other, name) = if a.0 == StatusCode::CREATED {
        (a.1, b, &room.li, &room.wang, "li")
    } else {
        (b.1, a, &room.wang, &room.li, "wang")
    };
    let id = mine["id"].as_str().expect("id");
    assert_eq!((problem.0, &problem.1["state"]), (StatusCode::CONFLICT, &json!("selected")), "{problem:?}");
    assert!(problem.1["detail"].as_str().is_some_and(|d| d.contains(name) && d.contains(id)), "{problem:?}");
    let (status, problem) = execute(other, id).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    // both press at once: one write
    let writes = room.device.writes();
    let (first, second) = tokio::join!(execute(owner, id), execute(owner, id));
    assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK));
    room.state(id, "the read-back", &["verified"]).await;
    assert_eq!(room.device.writes(), writes + 1);
    // a selection may be given up by whoever sees that it is wrong
    let id = selected(owner, SET_POINT, 99.0).await;
    let (status, cancelled) = cancel(other, &id).await;
    assert_eq!((status, &cancelled["state"]), (StatusCode::OK, &json!("cancelled")));
    let (status, problem) = execute(owner, &id).await;
    assert_eq!((status, &problem["state"]), (StatusCode::CONFLICT, &json!("cancelled")));
    room.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_come_in_their_order_and_name_the_field() {
    let room = Room::open("300ms", "").await;
    let viewer = room.hub.with_token(&token(room.dir.path(), "guest", "viewer", None).await);
    let nobody = room.hub.with_token("x");
    let good = json!({"point": SET_POINT, "value": 1});
    for (who, body, status, field) in [
        (&nobody, json!({}), 401, None),
        (&viewer, json!({}), 403, None),
        (&room.li, json!({"point": "rs-9/set_point", "value": "x"}), 422, Some("value")),
        (&room.li, json!({"point": "rs-9/set_point", "value": 1}), 404, None),
        (&room.li, json!({"value": 1}), 422, Some("point")),
        (&room.li, json!({"point": SET_POINT}), 422, Some("value")),
        (&room.li, json!({"point": SET_POINT, "value": 600.1}), 422, Some("value")),
        (&room.li, json!({"point": SET_POINT, "value": 1, "colour": "red"}), 422, Some("colour")),
        (&room.li, json!({"point": "rs-1/outlet_pressure", "value": 1}), 422, Some("point")),
        (&room.li, json!({"point": "rs-2/set_point", "value": 1}), 422, Some("point")),
        (&room.li, good, 201, None),
    ] {
        let (is, answer) = who.send(Method::POST, "/api/v1/commands", Some(body.clone())).await;
        assert_eq!(is.as_u16(), status, "{body}: {answer}");
        assert_eq!(answer["errors"][0]["field"].as_str(), field, "{body}: {answer}");
    }
    for (who, path, status) in [
        (&viewer, "cmd-000001/execute", 403),
        (&room.li, "cmd-000099/execute", 404),
        (&room.li, "x/cancel", 404),
        (&room.wang, "cmd-000001/execute", 403),
    ] {
        let (is, answer) = who.send(Method::POST, &format!("/api/v1/commands/{path}"), Some(json!({}))).await;
        assert_eq!(is.as_u16(), status, "{path}: {answer}");
    }
    for (path, status) in [("/cmd-000099", 404), ("?state=moving", 422), ("?from_ms=2&to_ms=1", 422), ("?limit=0", 422)]
    {
        assert_eq!(
            viewer.send(Method::GET, &format!("/api/v1/commands{path}"), None).await.0.as_u16(),
            status,
            "{path}"
        );
    }
    let value = viewer.get(&format!("/api/v1/points/{SET_POINT}")).await;
    assert_eq!(value["writable"], true);
    assert_eq!(viewer.get("/api/v1/points/rs-2/set_point").await["writable"], false);
    room.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_that_follow_commands_see_each_step() {
    let room = Room::open("300ms", "").await;
    let url = format!("{}/api/v1/live", room.hub.url.replace("http", "ws"));
    let mut request = url.into_client_request().expect("a request");
    let bearer = HeaderValue::from_str(&format!("Bearer {}", room.tokens.1)).expect("a header");
    request.headers_mut().insert("authorization", bearer);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("the socket opens");
    let subscribe = json!({"type": "subscribe", "topics": ["commands"]}).to_string();
    socket.send(Message::text(subscribe)).await.expect("sent");
    let id = selected(&room.li, SET_POINT, 120.0).await;
    let mut states: Vec<String> = vec![];
    let mut executed = false;
    while states.last().is_none_or(|s| s != "verified") {
        let next = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.expect("a message in time");
        let Message::Text(text) = next.expect("open").expect("a message") else { continue };
        let message: Value = serde_json::from_str(&text).expect("JSON");
        for command in message["commands"].as_array().into_iter().flatten() {
            assert_eq!(command["id"], json!(id));
            states.extend(command["state"].as_str().map(str::to_owned));
        }
        if !executed && states.last().is_some_and(|s| s == "selected") {
            executed = true;
            execute(&room.li, &id).await;
        }
    }
    // a screen that is slow may be told two steps in one
    states.dedup();
    states.retain(|s| s != "executing");
    assert_eq!(states, ["selected", "verified"]);
    room.hub.stop().await;
}
