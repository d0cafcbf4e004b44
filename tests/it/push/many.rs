//! Screens whose frames are written where they are composed, and screens whose session has to.

use linepack::push::Limits;
use linepack::wire::ServerMessage;
use linepack_core::alarm::State as AlarmState;
use tokio::io::{AsyncRead, AsyncWrite};

use super::hub::{Client, EVERYTHING, Hub};

/// Reads until the value is shown; whether an alarm was, too.
async fn until<S: AsyncRead + AsyncWrite + Unpin>(client: &mut Client<S>, value: f64) -> bool {
    let mut alarmed = false;
    loop {
        let ServerMessage::Delta { values, alarms, .. } = client.next().await else { panic!("nothing is lost") };
        alarmed |= !alarms.is_empty();
        if values.iter().any(|v| v.1 == Some(value)) {
            return alarmed;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_shown_everything_while_others_come_and_go() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut crowd = vec![];
    for n in 0..110 {
        // one group that wants everything at once, and one with a rate
        let mut client = hub.client(if n % 3 == 0 { "?rate=50" } else { "?rate=now" }, None).await;
        client.say(EVERYTHING).await;
        assert!(matches!(client.next().await, ServerMessage::Snapshot { .. }));
        crowd.push(client);
    }
    for n in 1..=12 {
        let gone = crowd.remove(n * 5);
        drop(gone);
        if n == 10 {
            hub.alarm(2, AlarmState::Unacknowledged);
        }
        hub.value(0..1, n as f64);
        let mut fresh = hub.client("?rate=now", None).await;
        fresh.say(EVERYTHING).await;
        assert!(matches!(fresh.next().await, ServerMessage::Snapshot { .. }));
        for client in &mut crowd {
            until(client, n as f64).await;
        }
        crowd.push(fresh);
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_socket_that_only_its_session_may_write_to_is_shown_the_same() {
    let hub = Hub::start(5, Limits::default()).await;
    let (mut plain, mut other) = (hub.client("?rate=now", None).await, hub.other_client().await);
    plain.say(EVERYTHING).await;
    other.say(EVERYTHING).await;
    assert!(matches!(plain.next().await, ServerMessage::Snapshot { .. }));
    assert!(matches!(other.next().await, ServerMessage::Snapshot { .. }));
    hub.alarm(1, AlarmState::Unacknowledged);
    for n in 1..50 {
        hub.value(0..10, f64::from(n));
        let alarmed = (until(&mut plain, f64::from(n)).await, until(&mut other, f64::from(n)).await);
        assert!(n > 1 || alarmed == (true, true));
    }
    hub.stop().await;
}
