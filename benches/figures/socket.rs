//! A screen's socket.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::hub::Hub;

/// Connected and subscribed.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects with `?rate=`, subscribes, and swallows the snapshot.
    pub(crate) async fn open(hub: &Hub, rate: &str, subscribe: Value) -> Socket {
        let url = format!("{}/api/v1/live?rate={rate}", hub.url.replace("http://", "ws://"));
        let mut request = url.into_client_request().expect("a url");
        let bearer = format!("Bearer {}", hub.token).parse().expect("a header");
        request.headers_mut().insert("Authorization", bearer);
        let (stream, _) = tokio_tungstenite::connect_async(request).await.expect("the socket opens");
        let mut socket = Socket(stream);
        socket.0.send(Message::text(subscribe.to_string())).await.expect("subscribe");
        let snapshot = socket.text().await;
        assert!(snapshot.contains("\"snapshot\""), "{}", &snapshot[..snapshot.len().min(200)]);
        socket
    }

    /// The next text frame.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            match self.0.next().await.expect("the socket stays open").expect("a frame") {
                Message::Text(text) => return text.to_string(),
                Message::Close(_) => panic!("the hub closed the socket"),
                _ => {}
            }
        }
    }
}
