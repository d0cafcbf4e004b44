//! A device, or a whole link, that sends too much must not be felt by the others.

use std::time::Duration;

use linepack_core::Input;
use tokio::time::Instant;

use crate::ingest::{Folder, Rig};
use crate::mosquitto::{Mosquitto, until};

fn hub(brokers: &[&Mosquitto], qos: u8, more: &str) -> String {
    let mut text = String::new();
    for (n, broker) in brokers.iter().enumerate() {
        text += &format!(
            "[[connection]]\nname = \"field-{n}\"\nprotocol = \"mqtt\"\naddress = \"{}\"\nqos = {qos}\n{more}\nsubscribe = [{{ topic = \"linepack/v1/telemetry/#\", format = \"linepack\" }}]\n",
            broker.address()
        );
    }
    text + "[[template]]\nname = \"t\"\n[[template.point]]\nname = \"flow\"\n"
}

/// Waits until the hub has subscribed.
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

/// What a flood of 5,000 messages at this quality of service becomes: how many values came, what was counted.
async fn flood(qos: u8) -> (usize, u64) {
    let broker = Mosquitto::with(|_| "persistence false\nmax_queued_messages 0\n".to_owned()).await;
    let text = hub(&[&broker], qos, "max_rate = { rate = 20, burst = 10 }");
    let folder = Folder::new(&text, "loud,t,field-0,,\nquiet,t,field-0,,");
    let mut rig = Rig::start(&folder.load(), None);
    ready(&broker, &mut rig, "quiet").await;
    let (loud, quiet) = (rig.site.registry.find_point("loud/flow"), rig.site.registry.find_point("quiet/flow"));
    let (mut device, mut other) = (broker.client("loud").await, broker.client("quiet").await);
    for n in 1..=5000 {
        let (topic, text) = ("linepack/v1/telemetry/loud/flow", n.to_string());
        if qos == 0 {
            device.spray(topic, &text).await
        } else {
            device.publish(topic, &text).await
        }
        if n == 4000 {
            other.publish("linepack/v1/telemetry/quiet/flow", "7").await;
        }
    }
    let (mut came, mut newest, mut heard) = (0, 0.0, false);
    let end = Instant::now() + Duration::from_secs(15);
    while newest < 5000.0 || !heard {
        assert!(Instant::now() < end, "QoS {qos}: newest {newest}, quiet heard: {heard}");
        let all = rig.wait("values", |i| if let Input::Samples(s) = i { Some(s.clone()) } else { None }).await;
        heard |= all.iter().any(|s| Some(s.point) == quiet && s.value == 7.0);
        for sample in all.iter().filter(|s| Some(s.point) == loud) {
            assert!(sample.value > newest, "in order: {} after {newest}", sample.value);
            (came, newest) = (came + 1, sample.value);
        }
    }
    let status = rig.links.statuses()[0].wire();
    assert_eq!(status.limited[0].source, "loud");
    assert_eq!(status.limited.len(), 1, "{:?}", status.limited);
    rig.stop().await;
    (came, status.conflated)
}

#[tokio::test]
async fn of_a_flooding_device_the_newest_value_comes_through_and_the_rest_is_counted() {
    let (came, conflated) = flood(0).await;
    assert!(came < 1500, "{came} values of a flood");
    assert_eq!(came as u64 + conflated, 5000, "every value came or was counted");
}

#[tokio::test]
async fn at_qos_1_what_is_acknowledged_came_or_gave_way_to_what_came() {
    let (came, conflated) = flood(1).await;
    assert_eq!(came as u64 + conflated, 5000, "every value came or was counted");
}

#[tokio::test]
async fn a_link_that_floods_cannot_fill_the_queue_for_the_others() {
    let (loud, quiet) = (Mosquitto::start().await, Mosquitto::start().await);
    let text = hub(&[&loud, &quiet], 0, "");
    let folder = Folder::new(&text, "loud,t,field-0,,\nquiet,t,field-1,,");
    let mut rig = Rig::stalled(&folder.load(), None);
    ready(&loud, &mut rig, "loud").await;
    ready(&quiet, &mut rig, "quiet").await;
    // nobody takes anything from the queue now
    let mut device = loud.client("loud").await;
    let received = |rig: &Rig, n: usize| rig.links.statuses()[n].wire().received;
    let before = (received(&rig, 0), received(&rig, 1));
    for n in 1..=400 {
        device.publish("linepack/v1/telemetry/loud/flow", &n.to_string()).await;
    }
    quiet.client("quiet").await.publish("linepack/v1/telemetry/quiet/flow", "7").await;
    until("the flood is at work", || received(&rig, 0) > before.0 + 10).await;
    until("the quiet one was heard", || received(&rig, 1) > before.1).await;
    let point = rig.site.registry.find_point("quiet/flow");
    let mut ahead = 0;
    rig.wait("the quiet one", |i| match i {
        Input::Samples(s) if s.iter().any(|s| Some(s.point) == point) => Some(()),
        _ => {
            ahead += 1;
            None
        }
    })
    .await;
    assert!(ahead <= 40, "{ahead} inputs stood before the quiet link's");
    rig.stop().await;
}
