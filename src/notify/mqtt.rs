//! Alarms (retained, empty when normal) and crews' assignments over MQTT.
//!
//! After every connect the whole present state goes out, and retained alarms of the broker that are no longer active are
//! emptied: a hub that died between two alarms leaves nothing wrong behind.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use imbl::ordmap::DiffItem;
use linepack_core::alarm::Alarm;
use linepack_core::dispatch::{Assignment, AssignmentState};
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::ingest::Publisher;
use crate::view::{Picture, View};

/// One message to be.
#[derive(Debug, PartialEq)]
struct Message {
    topic: String,
    payload: Bytes,
    retain: bool,
}

/// Publishes until the hub stops. `wake` changes with every commit that changed the board.
pub async fn reconcile(
    mut publisher: Publisher,
    view: View,
    mut wake: watch::Receiver<u64>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut shown: Option<Arc<Picture>> = None;
    let mut generation = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            changed = wake.changed() => if changed.is_err() { return Ok(()) },
            connected = publisher.connected.changed() => if connected.is_err() { return Ok(()) },
            Some(topic) = publisher.retained_alarms.recv() => {
                if !is_active(&view.load(), &topic) {
                    send(&publisher, vec![Message { topic, payload: Bytes::new(), retain: true }], &stop).await;
                }
                continue;
            }
        }
        let now = *publisher.connected.borrow_and_update();
        if now == 0 {
            continue;
        }
        if now != generation {
            (generation, shown) = (now, None);
        }
        let next = view.load();
        let messages = match &shown {
            Some(before) if before.registry.generation == next.registry.generation => changes(before, &next),
            Some(before) => emptied(before, &next).chain(everything(&next)).collect(),
            None => everything(&next).collect(),
        };
        send(&publisher, messages, &stop).await;
        shown = Some(next);
    }
}

async fn send(publisher: &Publisher, messages: Vec<Message>, stop: &CancellationToken) {
    for message in messages {
        let topic = message.topic.clone();
        let sent = tokio::select! {
            sent = publisher.publish(message.topic, message.payload, 1, message.retain) => sent,
            () = stop.cancelled() => return,
        };
        if let Err(error) = sent {
            // the next connect publishes everything again
            tracing::warn!(topic, %error, "{topic} not published");
            return;
        }
    }
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
