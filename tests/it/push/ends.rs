//! How sockets end, and which never begin.

use std::sync::atomic::Ordering;
use std::time::Duration;

use linepack::push::Limits;
use tokio::net::TcpStream;

use super::hub::{EVERYTHING, Hub};

#[tokio::test]
async fn a_socket_ends_with_its_login_and_with_the_hub() {
    let hub = Hub::start(5, Limits { login: Duration::from_millis(20), ..Limits::default() }).await;
    let mut client = hub.client("", None).await;
    hub.logged_in.store(false, Ordering::Release);
    assert_eq!(client.closed().await, 1008);
    hub.logged_in.store(true, Ordering::Release);
    let mut client = hub.client("", None).await;
    hub.tasks.stop();
    assert_eq!(client.closed().await, 1001);
    hub.stop().await;
}

#[tokio::test]
async fn a_socket_that_is_silent_or_stuck_is_closed() {
    let short = Duration::from_millis(500);
    let hub = Hub::start(5, Limits { ping: short / 4, silence: short, ..Limits::default() }).await;
    // it answers pings only while it reads, and it does not
    let silent = hub.client("", None).await;
    hub.until(|push| push.sessions() == 1).await;
    hub.until(|push| push.sessions() == 0).await;
    drop(silent);
    hub.stop().await;

    let hub = Hub::start(500, Limits { write: short, ..Limits::default() }).await;
    let mut stuck = hub.client("", None).await;
    // the snapshot is larger than the buffers between the two
    hub.until(|push| push.sessions() == 1).await;
    stuck.say(EVERYTHING).await;
    hub.until(|push| push.sessions() == 0).await;
    drop(stuck);
    hub.stop().await;
}

#[tokio::test]
async fn wrong_queries_are_refused_before_the_upgrade() {
    let hub = Hub::start(5, Limits::default()).await;
    for query in ["?rate=0", "?rate=soon", "?encoding=xml", "?alarms=few", "?alarms=brief&encoding=msgpack"] {
        let stream = TcpStream::connect(hub.address).await.unwrap();
        let refused = tokio_tungstenite::client_async(format!("ws://{}/api/v1/live{query}", hub.address), stream).await;
        let Err(tokio_tungstenite::tungstenite::Error::Http(response)) = refused else { panic!("{query} is refused") };
        assert_eq!(response.status(), 422);
    }
    hub.stop().await;
}
