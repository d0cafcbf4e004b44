//! MQTT links against a real Mosquitto.

use std::time::Duration;

use bytes::Bytes;
use linepack::ingest::{LinkState, PublishError, QoS};
use linepack_core::dispatch::CrewStatus;
use linepack_core::{Delivery, Input, LonLat, Quality, Reason, Ts};
use tokio::time::timeout;

use crate::ingest::{Folder, Rig};
use crate::mosquitto::{Mosquitto, PATIENCE, until};

fn hub(address: &str) -> String {
    format!(
        r#"
        [[connection]]
        name = "field"
        protocol = "mqtt"
        address = "{address}"
        client_id = "hub-under-test"
        retry_max = "500ms"
        subscribe = [
          {{ topic = "linepack/v1/telemetry/#", format = "linepack" }},
          {{ topic = "linepack/v1/crews/+/status", format = "linepack" }},
          {{ topic = "owntracks/+/+", format = "owntracks" }},
          {{ topic = "meters/{{asset}}/state", format = "json", ts = "/time", values = {{ flow = "/q/std" }} }},
        ]
        [[template]]
        name = "t"
        every = "1s"
        [[template.point]]
        name = "pressure"
        [[template.point]]
        name = "flow"
        "#
    )
}

const ASSETS: &str = "rs-1,t,field,,\nm-1,t,field,,";

/// Links that are connected and subscribed.
async fn connected(broker: &Mosquitto) -> (Folder, Rig) {
    let folder = Folder::new(&hub(&broker.address()), ASSETS);
    let mut rig = Rig::start(&folder.load(), None);
    ready(broker, &mut rig).await;
    (folder, rig)
}

/// Waits until a message comes through.
async fn ready(broker: &Mosquitto, rig: &mut Rig) {
    rig.link("field", true).await;
    let mut probe = broker.client("probe").await;
    let flow = rig.site.registry.find_point("m-1/flow").unwrap();
    for attempt in 0.. {
        assert!(attempt < 100, "nothing comes through");
        probe.publish("linepack/v1/telemetry/m-1/flow", "-1").await;
        let came = |i: &Input| matches!(i, Input::Samples(s) if s.iter().any(|s| s.point == flow));
        if rig.during(Duration::from_millis(100)).await.iter().any(came) {
            return;
        }
    }
}

#[tokio::test]
async fn every_format_arrives() {
    let broker = Mosquitto::start().await;
    let (_folder, mut rig) = connected(&broker).await;
    let mut device = broker.client("device").await;
    let text = r#"{"ts_ms":1732233600123,"values":{"pressure":98.7,"flow":{"v":412.0,"q":"uncertain"}}}"#;
    device.publish("linepack/v1/telemetry/rs-1", text).await;
    let (pressure, flow) = (rig.site.registry.find_point("rs-1/pressure"), rig.site.registry.find_point("rs-1/flow"));
    let both = rig
        .wait("both values", |i| match i {
            Input::Samples(s) if s.len() == 2 => Some(s.clone()),
            _ => None,
        })
        .await;
    assert_eq!((Some(both[0].point), both[0].value, both[0].ts), (pressure, 98.7, Ts(1_732_233_600_123)));
    assert_eq!((Some(both[1].point), both[1].quality), (flow, Quality::Uncertain(Reason::Unspecified)));
    assert!(both.iter().all(|s| s.delivery == Delivery::Live && s.received > s.ts));

    device.publish("meters/m-1/state", r#"{"time":"2024-11-22T00:00:00Z","q":{"std":"4.5"}}"#).await;
    let sample = rig.sample("m-1/flow").await;
    assert_eq!((sample.value, sample.ts), (4.5, Ts(1_732_233_600_000)));

    device
        .publish("owntracks/c-07/phone", r#"{"_type":"location","lat":29.5,"lon":106.6,"tst":1732233600,"acc":9}"#)
        .await;
    let fix = rig.wait("a fix", |i| if let Input::Position(fix) = i { Some(*fix) } else { None }).await;
    assert_eq!((fix.position, fix.accuracy_m), (LonLat { lon: 106.6, lat: 29.5 }, Some(9.0)));

    device.publish("linepack/v1/crews/c-07/status", r#"{"status":"available"}"#).await;
    let status =
        rig.wait("a status", |i| if let Input::Status { status, .. } = i { Some(*status) } else { None }).await;
    assert_eq!(status, CrewStatus::Available);
    assert_eq!(rig.dead.total(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_with_its_reason_and_stops_nothing() {
    let broker = Mosquitto::start().await;
    let (_folder, mut rig) = connected(&broker).await;
    let mut device = broker.client("device").await;
    for (topic, payload) in [
        ("linepack/v1/telemetry/rs-9", "1"),
        ("linepack/v1/telemetry/rs-1/flew", "1"),
        ("linepack/v1/telemetry/rs-1/flow", "{"),
        ("linepack/v1/telemetry/rs-1", r#"{"values":{"flow":7,"pressure":NaN}}"#),
        ("linepack/v1/crews/c-9/status", r#"{"status":"busy"}"#),
    ] {
        device.publish(topic, payload).await;
    }
    assert_eq!(rig.sample("rs-1/flow").await.value, 7.0, "the good value beside the bad one");
    until("all refused", || rig.dead.total() == 5).await;
    let letters = rig.dead.list();
    let reasons: Vec<_> = letters.iter().rev().map(|l| l.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            r#"there is no asset "rs-9""#,
            r#"asset rs-1 has no point "flew""#,
            "not JSON at byte 1: ends too early",
            "pressure: NaN or infinity is not a number",
            r#"there is no crew "c-9""#,
        ]
    );
    assert!(letters.iter().all(|l| l.connection == "field" && !l.payload.is_empty()));
    assert_eq!(rig.links.statuses()[0].wire().errors, 5);
    rig.stop().await;
}

#[tokio::test]
async fn a_message_is_acknowledged_only_once_it_is_durable() {
    let broker = Mosquitto::start().await;
    let (folder, mut rig) = connected(&broker).await;
    let mut device = broker.client("device").await;
    device.publish("linepack/v1/telemetry/rs-1/flow", "1").await;
    let held = loop {
        let mail = rig.mail().await;
        if matches!(&mail.input, Input::Samples(s) if s.iter().any(|s| s.value == 1.0)) {
            break mail;
        }
    };
    // Not durable yet: reading goes on, and after a restart the broker delivers it again.
    device.publish("linepack/v1/telemetry/rs-1/flow", "2").await;
    let second = rig.mail().await;
    assert!(matches!(&second.input, Input::Samples(s) if s[0].value == 2.0));
    rig.stop().await;
    device.publish("linepack/v1/telemetry/rs-1/flow", "3").await;

    let mut rig = Rig::start(&folder.load(), None);
    let mut again = Vec::new();
    while again.len() < 3 {
        let all = rig.wait("delivered again", |i| if let Input::Samples(s) = i { Some(s.clone()) } else { None }).await;
        again.extend(all.iter().map(|s| s.value));
    }
    assert_eq!(again, [1.0, 2.0, 3.0]);
    drop((held, second));
    // Durable now, hence acknowledged, hence not delivered a third time.
    rig.during(Duration::from_millis(300)).await;
    rig.stop().await;
    let mut rig = Rig::start(&folder.load(), None);
    device.publish("linepack/v1/telemetry/rs-1/flow", "4").await;
    assert_eq!(rig.sample_where("the next one only", |s| s.value >= 1.0).await.value, 4.0);
    rig.stop().await;
}

#[tokio::test]
async fn what_will_not_become_durable_is_asked_for_again() {
    let broker = Mosquitto::start().await;
    let (_folder, mut rig) = connected(&broker).await;
    broker.client("device").await.publish("linepack/v1/telemetry/rs-1/flow", "1").await;
    let lost = rig.mail().await;
    assert!(matches!(&lost.input, Input::Samples(s) if s[0].value == 1.0));
    drop(lost);
    assert_eq!(rig.sample_where("delivered again", |s| s.value == 1.0).await.delivery, Delivery::Live);
    rig.stop().await;
}

#[tokio::test]
async fn after_a_restart_of_the_broker_the_subscriptions_are_there_again() {
    let mut broker = Mosquitto::start().await;
    let (_folder, mut rig) = connected(&broker).await;
    broker.kill();
    rig.link("field", false).await;
    assert_eq!(rig.links.statuses()[0].state(), LinkState::Waiting);
    broker.resume().await;
    ready(&broker, &mut rig).await;
    assert_eq!(rig.links.statuses()[0].state(), LinkState::Connected);
    rig.stop().await;
}

#[tokio::test]
async fn retained_messages_are_old_news() {
    let broker = Mosquitto::start().await;
    broker.client("device").await.retain("linepack/v1/telemetry/rs-1/flow", "5").await;
    let folder = Folder::new(&hub(&broker.address()), ASSETS);
    let mut rig = Rig::start(&folder.load(), None);
    let sample = rig.sample("rs-1/flow").await;
    assert_eq!((sample.value, sample.delivery), (5.0, Delivery::Retained));
    rig.stop().await;
}

#[tokio::test]
async fn a_burst_arrives_whole_in_order_and_in_few_inputs() {
    let broker = Mosquitto::start().await;
    let (_folder, mut rig) = connected(&broker).await;
    let mut device = broker.client("device").await;
    let flow = rig.site.registry.find_point("rs-1/flow").unwrap();
    for n in 0..900 {
        device.publish("linepack/v1/telemetry/rs-1/flow", &n.to_string()).await;
    }
    let mut seen = Vec::new();
    while seen.len() < 900 {
        let all = rig.wait("the burst", |i| if let Input::Samples(s) = i { Some(s.clone()) } else { None }).await;
        seen.extend(all.iter().filter(|s| s.point == flow).map(|s| s.value));
    }
    assert!(seen.iter().copied().eq((0..900).map(f64::from)), "whole and in order");
    rig.stop().await;
}

#[tokio::test]
async fn a_reload_keeps_the_session_and_takes_the_new_names() {
    let broker = Mosquitto::start().await;
    let (folder, mut rig) = connected(&broker).await;
    let mut device = broker.client("device").await;
    device.publish("linepack/v1/telemetry/new-1/flow", "1").await;
    until("refused", || rig.dead.total() == 1).await;
    folder.write_assets(&format!("new-1,t,field,,\n{ASSETS}"));
    rig.reload(&folder.load()).await;
    device.publish("linepack/v1/telemetry/new-1/flow", "2").await;
    assert_eq!(rig.sample("new-1/flow").await.value, 2.0);
    device.publish("linepack/v1/telemetry/rs-1/flow", "3").await;
    assert_eq!(rig.sample("rs-1/flow").await.value, 3.0);
    rig.stop().await;
}

#[tokio::test]
async fn the_hub_says_that_it_lives_and_publishes_for_the_notifier() {
    let broker = Mosquitto::start().await;
    let mut watcher = broker.client("watcher").await;
    watcher.retain("linepack/v1/alarms/rs-1/rs-1:flow:high", "{}").await;
    watcher.subscribe("linepack/v1/#").await;
    assert!(watcher.message().await.2, "retained");

    let folder = Folder::new(&hub(&broker.address()), ASSETS);
    let rig = Rig::start(&folder.load(), None);
    let publisher = rig.links.publishers().pop().expect("publishes by default");
    assert_eq!(publisher.name(), "field");
    assert_eq!(watcher.message().await, ("linepack/v1/hub/status".into(), "online".into(), false));
    let mut connected = publisher.connected();
    let generation = timeout(PATIENCE, connected.wait_for(Option::is_some)).await.unwrap().map(|g| *g).unwrap();
    assert_eq!(generation, Some(1));
    let mut stale = publisher.retained_alarms().expect("the first to ask");
    assert_eq!(timeout(PATIENCE, stale.recv()).await.unwrap().unwrap(), "linepack/v1/alarms/rs-1/rs-1:flow:high");
    assert!(publisher.retained_alarms().is_none());

    for (qos, payload) in [(QoS::AtLeastOnce, "{\"id\":1}"), (QoS::AtMostOnce, "{\"id\":2}")] {
        let done = publisher.publish("linepack/v1/crews/c-07/assignment", Bytes::from(payload), qos, false).unwrap();
        timeout(PATIENCE, done).await.expect("in time").expect("confirmed");
        assert_eq!(watcher.message().await, ("linepack/v1/crews/c-07/assignment".into(), payload.into(), false));
    }
    rig.stop().await;
    assert_eq!(watcher.message().await, ("linepack/v1/hub/status".into(), "offline".into(), false));
    let late = publisher.publish("linepack/v1/x", Bytes::new(), QoS::AtMostOnce, false);
    assert_eq!(late.err(), Some(PublishError::Down));
}

#[tokio::test]
async fn what_was_not_confirmed_when_the_broker_died_is_told() {
    let mut broker = Mosquitto::start().await;
    let folder = Folder::new(&hub(&broker.address()), ASSETS);
    let rig = Rig::start(&folder.load(), None);
    let publisher = rig.links.publishers().pop().expect("publishes by default");
    let mut connected = publisher.connected();
    timeout(PATIENCE, connected.wait_for(Option::is_some)).await.unwrap().unwrap();
    broker.kill();
    let sent = publisher.publish("linepack/v1/x", Bytes::from("1"), QoS::AtLeastOnce, false);
    if let Ok(done) = sent {
        assert!(timeout(PATIENCE, done).await.expect("in time").is_err());
    }
    timeout(PATIENCE, connected.wait_for(Option::is_none)).await.unwrap().unwrap();
    broker.resume().await;
    timeout(PATIENCE, connected.wait_for(|g| *g == Some(2))).await.unwrap().unwrap();
    rig.stop().await;
}
