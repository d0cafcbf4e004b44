//! Alarms (retained, empty when normal) and crews' assignments over MQTT.
//!
//! After every connect the whole present state goes out, and retained alarms of the broker that are no longer active are
//! emptied: a hub that died between two alarms leaves nothing wrong behind.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imbl::ordmap::DiffItem;
use linepack_core::alarm::Alarm;
use linepack_core::dispatch::{Assignment, AssignmentState};
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::ingest::{PublishError, Publisher, QoS};
use crate::view::{Picture, View};

/// Pause when the way out is full of somebody else's messages.
const BUSY: Duration = Duration::from_millis(20);

/// One message to be.
#[derive(Debug, PartialEq)]
struct Message {
    topic: String,
    payload: Bytes,
    retain: bool,
}

/// Publishes until the hub stops. `wake` changes with every commit that changed the board; `retained` tells which alarms the
/// broker holds after a connect.
pub(super) async fn reconcile(
    publisher: Publisher,
    mut retained: mpsc::Receiver<String>,
    view: View,
    mut wake: watch::Receiver<u64>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut connected = publisher.connected();
    // what the broker was told over the present connection
    let mut shown: Option<Arc<Picture>> = None;
    let mut connection = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            changed = wake.changed() => if changed.is_err() { return Ok(()) },
            changed = connected.changed() => if changed.is_err() { return Ok(()) },
            Some(topic) = retained.recv() => {
                if !is_active(&view.load(), &topic) {
                    send(&publisher, vec![Message { topic, payload: Bytes::new(), retain: true }]).await;
                }
                continue;
            }
        }
        let now = *connected.borrow_and_update();
        if now != connection {
            (connection, shown) = (now, None);
        }
        if connection.is_none() {
            continue;
        }
        let next = view.load();
        let messages = match &shown {
            Some(before) if before.registry.generation == next.registry.generation => changes(before, &next),
            Some(before) => emptied(before, &next).chain(everything(&next)).collect(),
            None => everything(&next).collect(),
        };
        let sent = tokio::select! {
            sent = send(&publisher, messages) => sent,
            () = stop.cancelled() => return Ok(()),
        };
        shown = sent.then_some(next);
    }
}

/// False when the connection broke: the next one gets everything again.
async fn send(publisher: &Publisher, messages: Vec<Message>) -> bool {
    let mut last = None;
    for message in messages {
        loop {
            match publisher.publish(&message.topic, message.payload.clone(), QoS::AtLeastOnce, message.retain) {
                Ok(confirmed) => {
                    last = Some(confirmed);
                    break;
                }
                Err(PublishError::Busy) => match last.take() {
                    // room comes with the broker's acknowledgements; an error here shows as `Down` next
                    Some(confirmed) => drop(confirmed.await),
                    None => tokio::time::sleep(BUSY).await,
                },
                Err(PublishError::Down) => return false,
            }
        }
    }
    true
}

fn everything(now: &Picture) -> impl Iterator<Item = Message> {
    let open = now.board.assignments.values().filter(|a| a.state.is_open());
    now.board.alarms.values().map(|a| alarm(now, a)).chain(open.map(|a| assignment(now, a)))
}

/// Alarms of another registry that are no longer on the board.
fn emptied(before: &Picture, now: &Picture) -> impl Iterator<Item = Message> {
    let active: HashSet<String> = now.board.alarms.values().map(|a| alarm_topic(now, a)).collect();
    let gone: Vec<String> =
        before.board.alarms.values().map(|a| alarm_topic(before, a)).filter(|t| !active.contains(t)).collect();
    gone.into_iter().map(|topic| Message { topic, payload: Bytes::new(), retain: true })
}

fn changes(before: &Picture, now: &Picture) -> Vec<Message> {
    let alarms = before.board.alarms.diff(&now.board.alarms).map(|item| match item {
        DiffItem::Add(_, a) | DiffItem::Update { new: (_, a), .. } => alarm(now, a),
        DiffItem::Remove(_, a) => Message { topic: alarm_topic(before, a), payload: Bytes::new(), retain: true },
    });
    let assignments = before.board.assignments.diff(&now.board.assignments).filter_map(|item| match item {
        DiffItem::Add(_, a) | DiffItem::Update { new: (_, a), .. } => Some(assignment(now, a)),
        // an incident that was closed cancelled what was open
        DiffItem::Remove(_, a) if a.state.is_open() => {
            let cancelled = Assignment { state: AssignmentState::Cancelled, ..Assignment::clone(a) };
            Some(assignment(before, &cancelled))
        }
        DiffItem::Remove(..) => None,
    });
    alarms.chain(assignments).collect()
}

fn alarm(picture: &Picture, alarm: &Alarm) -> Message {
    Message { topic: alarm_topic(picture, alarm), payload: json(&picture.alarm(alarm)), retain: true }
}

fn alarm_topic(picture: &Picture, alarm: &Alarm) -> String {
    let asset = picture.registry.alarm_asset(alarm.id).map(|a| picture.registry.assets[a.index()].id.clone());
    let key = picture.registry.alarm_key(alarm.id);
    // a link's alarm stands under the link's name
    let asset = asset.or_else(|| key.split(':').nth(1).map(Arc::from)).unwrap_or_default();
    format!("linepack/v1/alarms/{asset}/{key}")
}

fn is_active(picture: &Picture, topic: &str) -> bool {
    let key = topic.rsplit('/').next().unwrap_or_default();
    picture.registry.find_alarm(key).is_some_and(|id| picture.board.alarms.contains_key(&id))
}

fn assignment(picture: &Picture, assignment: &Assignment) -> Message {
    let crew = &picture.registry.crews[assignment.crew.index()].id;
    Message {
        topic: format!("linepack/v1/crews/{crew}/assignment"),
        payload: json(&picture.assignment_with_incident(assignment)),
        retain: false,
    }
}

fn json(object: &impl Serialize) -> Bytes {
    // wire structs have string keys and plain numbers: they always serialise
    Bytes::from(serde_json::to_vec(object).unwrap_or_default())
}
