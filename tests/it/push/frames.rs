//! What screens are shown.

use std::sync::Arc;

use futures_util::SinkExt;
use linepack::push::{Change, Limits};
use linepack::view::Picture;
use linepack::wire::ServerMessage;
use linepack_core::alarm::State as AlarmState;
use linepack_core::{CrewId, Registry};
use tokio_tungstenite::tungstenite::Message;

use super::hub::{EVERYTHING, Hub, crew};

#[tokio::test]
async fn a_screen_gets_a_snapshot_then_deltas_and_may_change_its_mind() {
    let hub = Hub::start(5, Limits::default()).await;
    hub.value(0..1, 98.5);
    let mut client = hub.client("?rate=now", None).await;

    client.say("{").await;
    assert!(matches!(client.next().await, ServerMessage::Error { .. }));
    client.say(EVERYTHING).await;
    let ServerMessage::Snapshot { values, assets, crews, alarms, .. } = client.next().await else {
        panic!("a snapshot")
    };
    assert_eq!((values.len(), assets.len(), crews.len(), alarms.len()), (10, 5, 3, 0));
    assert_eq!((values[0].point.as_str(), values[0].value), ("rs-0/pressure", Some(98.5)));
    assert_eq!(values[1].quality, "bad");

    hub.value(2..3, 99.25);
    let ServerMessage::Delta { values, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(serde_json::to_value(&values).unwrap(), serde_json::json!([["rs-1/pressure", 99.25, "good", 5]]));

    hub.alarm(3, AlarmState::Unacknowledged);
    let ServerMessage::Delta { alarms, assets, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(alarms[0].id, "rs-3:pressure:high");
    assert_eq!(assets[0].worst.as_ref().unwrap().state, "unacknowledged");
    hub.alarm(3, AlarmState::Normal);
    let ServerMessage::Delta { removed, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(removed.unwrap().alarms, ["rs-3:pressure:high"]);

    client
        .say(r#"{"type":"subscribe","topics":["crews"],"viewport":[105.95,29.4,106.05,29.6],"points":["rs-4/*"]}"#)
        .await;
    let ServerMessage::Snapshot { values, assets, crews, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!((values.len(), assets.len(), crews.len()), (2, 0, 3));
    client.say(r#"{"type":"subscribe","topics":["weather"]}"#).await;
    let ServerMessage::Error { detail, .. } = client.next().await else { panic!("an error") };
    assert!(detail.contains("weather"), "{detail}");

    hub.publish(|board, change| {
        board.crews.insert(CrewId(1), Arc::new(crew(1, 107.0)));
        change.crews.push(CrewId(1));
    });
    let ServerMessage::Delta { removed, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(removed.unwrap().crews, ["c-1"]);
    hub.stop().await;
}

#[tokio::test]
async fn a_screen_of_lists_gets_brief_alarms_in_snapshot_and_deltas_and_another_the_whole() {
    let hub = Hub::start(5, Limits::default()).await;
    hub.alarm(1, AlarmState::Unacknowledged);
    let (mut lists, mut other) =
        (hub.client("?rate=now&alarms=brief", None).await, hub.client("?rate=now", None).await);
    let mut whole = vec![];
    for n in 1..=2 {
        if n == 1 {
            lists.say(EVERYTHING).await;
            other.say(EVERYTHING).await;
        } else {
            hub.alarm(2, AlarmState::Unacknowledged);
        }
        let (ServerMessage::Snapshot { alarms, .. } | ServerMessage::Delta { alarms, .. }) = other.next().await else {
            panic!("alarms")
        };
        whole.extend(alarms);
        let brief = lists.text().await;
        let brief = brief["alarms"].as_array().unwrap();
        assert_eq!(brief.len(), 1);
        assert_eq!(brief[0]["id"], format!("rs-{n}:pressure:high"));
        assert_eq!((&brief[0]["state"], &brief[0]["seq"]), (&"unacknowledged".into(), &1.into()));
        assert!(brief[0].get("action").is_none() && brief[0].get("acked_by").is_none());
    }
    assert_eq!(whole.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["rs-1:pressure:high", "rs-2:pressure:high"]);
    hub.stop().await;
}

#[tokio::test]
async fn message_pack_says_the_same() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("?rate=now&encoding=msgpack", None).await;
    let subscribe = serde_json::from_str::<serde_json::Value>(EVERYTHING).unwrap();
    client.socket.send(Message::binary(rmp_serde::to_vec_named(&subscribe).unwrap())).await.unwrap();
    let ServerMessage::Snapshot { values, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!(values.len(), 10);
    hub.value(0..2, 1.5);
    let ServerMessage::Delta { values, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(values.len(), 2);
    assert_eq!(values[0].1, Some(1.5));
    hub.stop().await;
}

#[tokio::test]
async fn a_crew_sees_its_own_state_only() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("?rate=now", Some("c-1")).await;
    client.say(EVERYTHING).await;
    let ServerMessage::Snapshot { values, assets, crews, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!((values.len(), assets.len()), (0, 0));
    assert_eq!(crews.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["c-1"]);
    hub.alarm(0, AlarmState::Unacknowledged);
    hub.value(0..10, 1.0);
    hub.publish(|board, change| {
        board.crews.insert(CrewId(0), Arc::new(crew(0, 106.5)));
        board.crews.insert(CrewId(1), Arc::new(crew(1, 106.6)));
        change.crews.extend([CrewId(0), CrewId(1)]);
    });
    let ServerMessage::Delta { crews, alarms, values, .. } = client.next().await else { panic!("a delta") };
    assert_eq!((crews.len(), crews[0].lon, alarms.len(), values.len()), (1, 106.6, 0, 0));
    hub.stop().await;
}

#[tokio::test]
async fn a_reload_brings_a_new_snapshot() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("", None).await;
    client.say(EVERYTHING).await;
    client.next().await;
    let other = Hub::start(8, Limits::default()).await;
    let fresh = other.view.load();
    let mut registry = Registry::clone(&fresh.registry);
    registry.generation += 1;
    hub.view.store(Picture {
        site: fresh.site.clone(),
        registry: Arc::new(registry),
        values: fresh.values.clone(),
        board: fresh.board.clone(),
    });
    hub.feed.send(Change::Reloaded);
    let ServerMessage::Snapshot { assets, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!(assets.len(), 8);
    hub.stop().await;
    other.stop().await;
}
