//! The hub as Sparkplug host application, against a real Mosquitto and edge nodes with an encoder of their own.

pub(crate) mod edge;
mod statements;
mod whole;

use std::collections::BTreeMap;
use std::time::Duration;

use linepack::ingest::{Write, WriteError};
use linepack_core::{Delivery, Input, Quality, Reason};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::ingest::{Folder, Rig};
use crate::mosquitto::{Client, Mosquitto, PATIENCE, until};
use edge::EdgeNode;

fn hub(address: &str, host: &str, keys: &str) -> String {
    format!(
        r#"
        [[connection]]
        name = "field"
        protocol = "mqtt"
        address = "{address}"
        client_id = "{host}"
        host_id = "{host}"
        retry_max = "500ms"
        {keys}
        subscribe = [
          {{ topic = "spBv1.0/#", format = "sparkplug-b" }},
          {{ topic = "linepack/v1/telemetry/#", format = "linepack" }},
        ]
        [[template]]
        name = "node"
        [[template.point]]
        name = "load"
        [[template]]
        name = "device"
        [[template.point]]
        name = "outlet_pressure"
        sparkplug = "Outlet/Pressure"
        sparkplug_write = true
        [[template.point]]
        name = "flow"
        "#
    )
}

const ASSETS: &str = "e1,node,field,,\nd1,device,field,,\nd2,device,field,,";

/// A hub that the broker has let in, and somebody who sees its STATE.
async fn online(broker: &Mosquitto, host: &str, keys: &str) -> (Folder, Rig, Client) {
    let mut watcher = broker.client(&format!("watcher-{host}")).await;
    watcher.subscribe(&format!("spBv1.0/STATE/{host}")).await;
    let folder = Folder::new(&hub(&broker.address(), host, keys), ASSETS);
    let rig = Rig::start(&folder.load(), None);
    while !state(&mut watcher).await.0 {}
    (folder, rig, watcher)
}

/// The next STATE: online, time.
async fn state(watcher: &mut Client) -> (bool, i64) {
    let (_, text, _) = watcher.message().await;
    let state: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text:?}"));
    assert_eq!(state.as_object().map(serde_json::Map::len), Some(2), "{state}");
    (state["online"].as_bool().expect("a boolean"), state["timestamp"].as_i64().expect("a number"))
}

#[tokio::test]
async fn a_node_is_followed_from_birth_to_death() {
    let broker = Mosquitto::start().await;
    let (_folder, mut rig, _watcher) = online(&broker, "h1", "").await;
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1", "d2"]).await;
    rig.device("e1", true).await;
    rig.device("d1", true).await;
    let born = rig.sample("d1/outlet_pressure").await;
    assert_eq!((born.value, born.quality, born.delivery), (1.0, Quality::Good, Delivery::Live));
    node.set("d1", "Outlet/Pressure", 98.5).await;
    assert_eq!(rig.sample("d1/outlet_pressure").await.value, 98.5);
    node.set("", "load", 7.0).await;
    assert_eq!(rig.sample("e1/load").await.value, 7.0);
    node.report_old("d1", "flow", 3.0, Duration::from_secs(30)).await;
    let old = rig.sample("d1/flow").await;
    assert_eq!((old.value, old.delivery), (3.0, Delivery::Historical));
    node.device_dies("d2").await;
    rig.device("d2", false).await;
    let last = rig.sample("d2/outlet_pressure").await;
    assert_eq!((last.value, last.quality), (1.0, Quality::Bad(Reason::CommFailure)));
    drop(node);
    rig.device("d1", false).await;
    assert_eq!(rig.dead.total(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_lost_message_brings_a_rebirth() {
    let broker = Mosquitto::start().await;
    let (_folder, mut rig, _watcher) = online(&broker, "h1", "reorder_timeout = \"200ms\"").await;
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1"]).await;
    rig.device("d1", true).await;
    node.lose("d1", "flow", 55.0);
    node.set("d1", "Outlet/Pressure", 9.0).await;
    let flow = rig.site.registry.find_point("d1/flow");
    rig.sample_where("the lost value", |s| Some(s.point) == flow && s.value == 55.0).await;
    assert_eq!(node.state.lock().unwrap().rebirths, 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_hub_that_comes_later_asks_for_the_births() {
    let broker = Mosquitto::start().await;
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1"]).await;
    let (_folder, mut rig, _watcher) = online(&broker, "h1", "").await;
    node.set("d1", "Outlet/Pressure", 9.0).await;
    let point = rig.site.registry.find_point("d1/outlet_pressure");
    rig.sample_where("the value", |s| Some(s.point) == point && s.value == 9.0).await;
    rig.stop().await;
    let (_folder, mut rig, _watcher) = online(&broker, "h2", "").await;
    node.set("d1", "flow", 12.0).await;
    rig.sample_where("all values again", |s| Some(s.point) == point && s.value == 9.0).await;
    assert_eq!(node.state.lock().unwrap().rebirths, 2, "once for each hub");
    rig.stop().await;
}

#[tokio::test]
async fn after_a_restart_of_the_broker_everything_is_read_anew() {
    let mut broker = Mosquitto::start().await;
    let (_folder, mut rig, _watcher) = online(&broker, "h1", "").await;
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1"]).await;
    rig.device("d1", true).await;
    broker.kill();
    rig.link("field", false).await;
    rig.device("d1", false).await;
    drop(node);
    broker.resume().await;
    rig.link("field", true).await;
    let mut watcher = broker.client("watcher").await;
    watcher.subscribe("spBv1.0/STATE/h1").await;
    while !state(&mut watcher).await.0 {}
    let node = EdgeNode::start(broker.port, "e1", 5, &["d1"]).await;
    rig.device("d1", true).await;
    node.set("d1", "flow", 12.0).await;
    let flow = rig.site.registry.find_point("d1/flow");
    rig.sample_where("the new value", |s| Some(s.point) == flow && s.value == 12.0).await;
    rig.stop().await;
}

#[tokio::test]
async fn two_hosts_have_states_of_their_own_and_the_same_values() {
    let broker = Mosquitto::start().await;
    let (_one, mut a, _) = online(&broker, "h1", "").await;
    let (_two, mut b, mut watcher) = online(&broker, "h2", "").await;
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1"]).await;
    for rig in [&mut a, &mut b] {
        rig.device("d1", true).await;
    }
    a.stop().await;
    node.set("d1", "flow", 12.0).await;
    let flow = b.site.registry.find_point("d1/flow");
    b.sample_where("the value", |s| Some(s.point) == flow && s.value == 12.0).await;
    b.stop().await;
    assert!(!state(&mut watcher).await.0, "its own death");
}

#[tokio::test]
async fn state_is_told_kept_and_taken_back() {
    let broker = Mosquitto::start().await;
    let mut watcher = broker.client("watcher").await;
    watcher.subscribe("spBv1.0/STATE/h1").await;
    let folder = Folder::new(&hub(&broker.address(), "h1", ""), ASSETS);
    let rig = Rig::start(&folder.load(), None);
    let (online, since) = state(&mut watcher).await;
    assert!(online);
    // kept by the broker
    let mut late = broker.client("late").await;
    late.subscribe("spBv1.0/STATE/h1").await;
    assert_eq!(
        late.message().await,
        ("spBv1.0/STATE/h1".into(), format!(r#"{{"online":true,"timestamp":{since}}}"#), true)
    );
    // somebody says otherwise, in words or by wiping it
    for lie in [r#"{"online":false,"timestamp":9999999999999}"#, ""] {
        late.retain("spBv1.0/STATE/h1", lie).await;
        assert_eq!(watcher.message().await.1, lie);
        assert_eq!(state(&mut watcher).await, (true, since), "contradicted with the time of the connect");
    }
    // the connection breaks: the will has the time of the connect, the next birth another
    let thief = broker.client("h1-sparkplug").await;
    assert_eq!(state(&mut watcher).await, (false, since));
    drop(thief);
    let (online, again) = loop {
        let state = state(&mut watcher).await;
        if state.0 {
            break state;
        }
    };
    assert!(online && again > since);
    rig.stop().await;
    let (online, end) = loop {
        let state = state(&mut watcher).await;
        if state.1 != again || !state.0 {
            break state;
        }
    };
    assert!(!online && end >= again, "the farewell");
}

#[tokio::test]
async fn a_host_that_is_not_primary_says_nothing_of_itself() {
    let broker = Mosquitto::start().await;
    let mut watcher = broker.client("watcher").await;
    watcher.subscribe("spBv1.0/STATE/#").await;
    let folder = Folder::new(&hub(&broker.address(), "h1", "primary_host = false"), ASSETS);
    let mut rig = Rig::start(&folder.load(), None);
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1"]).await;
    // whether the births or these came first: it gets them
    rig.link("field", true).await;
    let flow = rig.site.registry.find_point("d1/flow");
    let deadline = Instant::now() + PATIENCE;
    for value in 2.. {
        assert!(Instant::now() < deadline, "no value");
        node.set("d1", "flow", f64::from(value)).await;
        let came = |i: &Input| matches!(i, Input::Samples(all) if all.iter().any(|s| Some(s.point) == flow));
        if rig.during(Duration::from_millis(100)).await.iter().any(came) {
            break;
        }
    }
    rig.stop().await;
    watcher.retain("spBv1.0/STATE/end", "{}").await;
    assert_eq!(watcher.message().await.0, "spBv1.0/STATE/end", "and nothing before it");
}

/// Has a value written and waits for the answer, playing the engine meanwhile.
async fn write(rig: &mut Rig, point: &str, value: f64) -> Result<(), WriteError> {
    let (answer, mut told) = oneshot::channel();
    rig.links.write(Write {
        generation: rig.site.registry.generation,
        point: rig.site.registry.find_point(point).expect("a point"),
        value,
        expires: Instant::now() + Duration::from_secs(5),
        verify_within: Duration::from_millis(800),
        answer,
    });
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "no answer");
        rig.during(Duration::from_millis(20)).await;
        match told.try_recv() {
            Ok(outcome) => return outcome,
            Err(oneshot::error::TryRecvError::Empty) => {}
            Err(oneshot::error::TryRecvError::Closed) => panic!("the answer was dropped"),
        }
    }
}

#[tokio::test]
async fn a_write_goes_out_as_a_command_and_is_verified() {
    let broker = Mosquitto::start().await;
    let (_folder, mut rig, _watcher) = online(&broker, "h1", "").await;
    assert_eq!(
        write(&mut rig, "d1/outlet_pressure", 5.0).await,
        Err(WriteError::Down("no edge node has announced it".to_owned()))
    );
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1"]).await;
    rig.device("d1", true).await;
    assert_eq!(write(&mut rig, "d1/outlet_pressure", 42.5).await, Ok(()));
    assert_eq!(node.state.lock().unwrap().commands[0].0, "spBv1.0/plant/DCMD/e1/d1");
    assert!(matches!(write(&mut rig, "d1/flow", 1.0).await, Err(WriteError::NotWritable(_))));
    node.state.lock().unwrap().obeys = false;
    assert!(matches!(write(&mut rig, "d1/outlet_pressure", 43.0).await, Err(WriteError::NoAnswer(_))));
    drop(node);
    rig.device("d1", false).await;
    let offline = WriteError::Down("the edge node is offline".to_owned());
    assert_eq!(write(&mut rig, "d1/outlet_pressure", 44.0).await, Err(offline));
    rig.stop().await;
}

#[tokio::test]
async fn commands_are_sent_at_qos_0_and_not_retained() {
    let broker = Mosquitto::start().await;
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1"]).await;
    let (_folder, mut rig, _watcher) = online(&broker, "h1", "").await;
    node.set("d1", "flow", 2.0).await;
    rig.device("d1", true).await;
    assert_eq!(write(&mut rig, "d1/outlet_pressure", 42.5).await, Ok(()));
    {
        let state = node.state.lock().unwrap();
        assert_eq!((state.rebirths, state.commands.len(), state.plain), (1, 1, true));
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_reload_finds_new_points_and_asks_for_their_values() {
    let broker = Mosquitto::start().await;
    let (folder, mut rig, _watcher) = online(&broker, "h1", "").await;
    let node = EdgeNode::start(broker.port, "e1", 4, &["d1", "new-1"]).await;
    rig.device("d1", true).await;
    let adoption = rig.links.adoption();
    until("the new device is listed", || adoption.list().0.iter().any(|(_, u)| u.asset == "new-1")).await;
    folder.write_assets(&format!("{ASSETS}\nnew-1,device,field,,"));
    rig.reload(&folder.load()).await;
    let value = rig.sample("new-1/outlet_pressure").await;
    assert_eq!((value.value, node.state.lock().unwrap().rebirths), (1.0, 1));
    let left: Vec<_> = adoption.list().0.into_iter().map(|(_, u)| u.metric).collect();
    assert!(left.iter().all(|m| m == "Unlisted/Count"), "{left:?}");
    rig.stop().await;
}

#[tokio::test]
async fn a_storm_of_five_hundred_nodes_is_asked_in_turn_and_read_whole() {
    const NODES: usize = 500;
    let broker = Mosquitto::start().await;
    let folder = Folder::new(&hub(&broker.address(), "h1", ""), "");
    let rows: Vec<_> = (0..NODES).map(|n| format!("n{n},node,field,,")).collect();
    folder.write_assets(&rows.join("\n"));
    let mut watcher = broker.client("watcher").await;
    watcher.subscribe("spBv1.0/STATE/h1").await;
    let mut crowd = broker.client("crowd").await;
    crowd.subscribe("spBv1.0/+/NCMD/+").await;
    let mut rig = Rig::start(&folder.load(), None);
    while !state(&mut watcher).await.0 {}
    let now = linepack::clock::Clock::System.now().ms() as u64;
    // all speak at once, and their births were long ago
    for n in 0..NODES {
        let data = [edge::varint(1, now), edge::varint(3, 9)].concat();
        crowd.send_bytes(&format!("spBv1.0/plant/NDATA/n{n}"), data).await;
    }
    let start = Instant::now();
    let (mut count, mut seen) = (0, BTreeMap::new());
    while seen.len() < NODES {
        let asked = tokio::select! {
            asked = crowd.message() => asked.0,
            all = rig.wait("values", |i| if let Input::Samples(s) = i { Some(s.clone()) } else { None }) => {
                seen.extend(all.iter().map(|s| (s.point.0, s.value)));
                continue;
            }
        };
        count += 1;
        let passed = start.elapsed().as_secs_f64();
        assert!(f64::from(count) <= 110.0 + 100.0 * passed, "{count} asked within {passed} s");
        let node = asked.rsplit('/').next().expect("a node");
        let number: f64 = node[1..].parse().expect("a number");
        let metric =
            [edge::text(1, "load"), edge::varint(4, 10), vec![13 << 3 | 1], number.to_le_bytes().to_vec()].concat();
        let at = now.max(linepack::clock::Clock::System.now().ms() as u64);
        let birth = [edge::varint(1, at + 1), edge::message(2, &metric), edge::varint(3, 0)].concat();
        crowd.send_bytes(&format!("spBv1.0/plant/NBIRTH/{node}"), birth).await;
    }
    assert_eq!(usize::try_from(count), Ok(NODES), "each was asked once");
    assert!(seen.values().copied().eq((0..NODES).map(|n| n as f64)));
    rig.stop().await;
}
