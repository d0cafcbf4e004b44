//! Screens and pushers that fall behind.

use linepack::push::Limits;
use linepack::wire::ServerMessage;
use linepack_core::alarm::State as AlarmState;

use super::hub::{DEADLINE, EVERYTHING, Hub};

/// Frames that are copied into one write, and such that are not.
#[tokio::test]
async fn a_screen_that_does_not_read_slows_nobody_and_is_shown_the_present_afterwards() {
    for points in [40, 400] {
        left_behind(points).await;
    }
}

async fn left_behind(points: u32) {
    let hub = Hub::start(200, Limits { write: DEADLINE * 3, ..Limits::default() }).await;
    let (mut fast, mut stuck) = (hub.client("?rate=now", None).await, hub.client("?rate=now", None).await);
    for client in [&mut fast, &mut stuck] {
        client.say(EVERYTHING).await;
        assert!(matches!(client.next().await, ServerMessage::Snapshot { .. }));
    }
    // 2 or 20 kB a frame: after some the stuck one's socket is full
    hub.alarm(7, AlarmState::Unacknowledged);
    for n in 1..=300 {
        hub.value(0..points, f64::from(n));
        // lock step: were the fast one held up by the other, this would not come before the other reads
        loop {
            match fast.next().await {
                ServerMessage::Delta { values, .. } if values.first().is_some_and(|v| v.1 == Some(f64::from(n))) => {
                    break;
                }
                ServerMessage::Delta { .. } => {}
                other => panic!("the fast screen is not behind: {other:?}"),
            }
        }
    }
    let (mut frames, mut alarmed) = (0, 0);
    loop {
        let ServerMessage::Delta { values, alarms, .. } = stuck.next().await else { panic!("nothing is lost") };
        frames += 1;
        alarmed += alarms.len();
        if values.first().and_then(|v| v.1) == Some(300.0) {
            break;
        }
    }
    assert!(alarmed >= 1);
    assert!(frames < 100, "{frames} frames: what it missed comes as one");
    hub.stop().await;
}

#[tokio::test]
async fn what_the_engine_could_not_hand_over_comes_as_a_snapshot() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("", None).await;
    client.say(EVERYTHING).await;
    client.next().await;
    // the test holds the only thread, so the pusher reads none of these before the queue is full
    for n in 0..2_000 {
        hub.value(0..1, f64::from(n));
    }
    hub.alarm(1, AlarmState::Unacknowledged);
    loop {
        match client.next().await {
            ServerMessage::Snapshot { alarms, values, .. } => {
                assert_eq!((alarms.len(), values[0].value), (1, Some(1_999.0)));
                break;
            }
            ServerMessage::Delta { .. } => {}
            other @ ServerMessage::Error { .. } => panic!("{other:?}"),
        }
    }
    hub.stop().await;
}
