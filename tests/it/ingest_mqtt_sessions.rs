//! Sessions, several brokers, shared subscriptions, last wills: against a real Mosquitto, in both versions of MQTT.

use std::time::Duration;

use linepack::ingest::LinkState;
use linepack_core::Input;

use crate::ingest::{Folder, Rig};
use crate::mosquitto::{Mosquitto, until};

fn connection(name: &str, address: &str, more: &str) -> String {
    format!(
        r#"
        [[connection]]
        name = "{name}"
        protocol = "mqtt"
        address = "{address}"
        retry_max = "300ms"
        {more}
        subscribe = [{{ topic = "linepack/v1/telemetry/+/flow", format = "linepack" }}]
        "#
    )
}

const TEMPLATE: &str = "\n[[template]]\nname = \"t\"\n[[template.point]]\nname = \"flow\"\n";

fn folder(connections: &str, assets: &str) -> Folder {
    Folder::new(&format!("{connections}{TEMPLATE}"), assets)
}

/// Waits until a message for the asset comes through.
async fn ready(broker: &Mosquitto, rig: &mut Rig, asset: &str) {
    let mut probe = broker.client("probe").await;
    let point = rig.site.registry.find_point(&format!("{asset}/flow")).expect("a point");
    for attempt in 0.. {
        assert!(attempt < 100, "nothing comes through");
        probe.publish(&format!("linepack/v1/telemetry/{asset}/flow"), "-1").await;
        let came = |i: &Input| matches!(i, Input::Samples(s) if s.iter().any(|s| s.point == point));
        if rig.during(Duration::from_millis(100)).await.iter().any(came) {
            return;
        }
    }
}

#[tokio::test]
async fn while_hub_and_broker_restart_nothing_of_qos_1_is_lost() {
    for version in ["3.1.1", "5"] {
        let mut broker = Mosquitto::start_persistent().await;
        let folder =
            folder(&connection("field", &broker.address(), &format!("version = \"{version}\"")), "rs-1,t,field,,");
        let mut rig = Rig::start(&folder.load(), None);
        ready(&broker, &mut rig, "rs-1").await;
        rig.stop().await;
        let mut device = broker.client("device").await;
        for n in 1..=50 {
            device.publish("linepack/v1/telemetry/rs-1/flow", &n.to_string()).await;
        }
        drop(device);
        broker.stop();
        let mut rig = Rig::start(&folder.load(), None);
        rig.link("field", false).await;
        broker.resume().await;
        let mut seen = Vec::new();
        while seen.len() < 50 {
            let all = rig.wait("all of it", |i| if let Input::Samples(s) = i { Some(s.clone()) } else { None }).await;
            seen.extend(all.iter().map(|s| s.value).filter(|v| *v > 0.0));
        }
        assert!(seen.into_iter().eq((1..=50).map(f64::from)), "{version}: whole and in order");
        rig.stop().await;
    }
}

#[tokio::test]
async fn two_brokers_do_not_disturb_each_other() {
    let (mut north, south) = (Mosquitto::start().await, Mosquitto::start().await);
    let both = format!(
        "{}{}",
        connection("north", &north.address(), ""),
        connection("south", &south.address(), "version = \"5\"")
    );
    let mut rig = Rig::start(&folder(&both, "rs-1,t,north,,\nrs-2,t,south,,").load(), None);
    ready(&north, &mut rig, "rs-1").await;
    ready(&south, &mut rig, "rs-2").await;
    north.kill();
    rig.link("north", false).await;
    south.client("device").await.publish("linepack/v1/telemetry/rs-2/flow", "2").await;
    assert_eq!(rig.sample_where("the other goes on", |s| s.value == 2.0).await.value, 2.0);
    assert_eq!(
        rig.links.statuses().iter().map(|s| s.state()).collect::<Vec<_>>(),
        [LinkState::Waiting, LinkState::Connected]
    );
    north.resume().await;
    ready(&north, &mut rig, "rs-1").await;
    rig.stop().await;
}

#[tokio::test]
async fn hubs_that_share_a_subscription_get_each_message_once() {
    let broker = Mosquitto::start().await;
    let hub = |id: &str, version: &str| {
        let more = format!("shared = \"hubs\"\nclient_id = \"{id}\"\nversion = \"{version}\"");
        folder(&connection("field", &broker.address(), &more), "rs-1,t,field,,")
    };
    let (a, b) = (hub("a", "3.1.1"), hub("b", "5"));
    let (mut first, mut second) = (Rig::start(&a.load(), None), Rig::start(&b.load(), None));
    let mut device = broker.client("device").await;
    let values = |inputs: Vec<Input>| -> Vec<f64> {
        let samples = inputs.into_iter().flat_map(|i| if let Input::Samples(s) = i { s } else { vec![] });
        samples.map(|s| s.value).filter(|v| *v > 0.0).collect()
    };
    first.link("field", true).await;
    second.link("field", true).await;
    // both have subscribed once each gets a part
    for attempt in 0.. {
        assert!(attempt < 100, "only one gets messages");
        for _ in 0..4 {
            device.publish("linepack/v1/telemetry/rs-1/flow", "-1").await;
        }
        let (one, two) =
            (first.during(Duration::from_millis(100)).await, second.during(Duration::from_millis(10)).await);
        if !one.is_empty() && !two.is_empty() {
            break;
        }
    }
    for n in 1..=100 {
        device.publish("linepack/v1/telemetry/rs-1/flow", &n.to_string()).await;
    }
    let (mut one, mut two) = (vec![], vec![]);
    for attempt in 0.. {
        assert!(attempt < 100, "{} and {} of 100", one.len(), two.len());
        one.extend(values(first.during(Duration::from_millis(50)).await));
        two.extend(values(second.during(Duration::from_millis(50)).await));
        if one.len() + two.len() >= 100 {
            break;
        }
    }
    assert!(!one.is_empty() && !two.is_empty(), "{} and {}", one.len(), two.len());
    let mut all = [one, two].concat();
    all.sort_by(f64::total_cmp);
    assert!(all.into_iter().eq((1..=100).map(f64::from)), "each once");
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn a_last_will_marks_the_device_and_has_an_alarm() {
    let broker = Mosquitto::start().await;
    let more = "offline = [{ topic = \"devices/{asset}/status\", payload = \"gone\" }]";
    let folder = folder(&connection("field", &broker.address(), more), "rs-1,t,field,,");
    let site = folder.load();
    assert!(site.registry.find_alarm("rs-1:device:communication").is_some(), "one alarm says so");
    let mut rig = Rig::start(&site, None);
    let mut device = broker.client("device").await;
    device.retain("devices/rs-1/status", "gone").await;
    rig.device("rs-1", false).await;
    device.retain("devices/rs-1/status", "back").await;
    rig.device("rs-1", true).await;
    assert_eq!(rig.dead.total(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_broker_that_refuses_is_told_in_words() {
    let broker = Mosquitto::with(|dir| {
        std::fs::write(dir.join("users"), "hub:$7$101$x$x\n").expect("written");
        format!("persistence false\npassword_file {}/users\n", dir.display())
    })
    .await;
    for version in ["3.1.1", "5"] {
        let more = format!("version = \"{version}\"\nuser_file = \"user\"\npassword_file = \"password\"");
        let folder = folder(&connection("field", &broker.address(), &more), "rs-1,t,field,,");
        folder.write("user", "somebody\n");
        folder.write("password", "wrong\n");
        let rig = Rig::start(&folder.load(), None);
        let told = || rig.links.statuses()[0].wire().detail;
        until(&format!("{version} refusal"), || told().starts_with("the broker refused")).await;
        assert!(!told().contains("wrong\n") && !told().contains("somebody"), "{}", told());
        rig.stop().await;
    }
}
