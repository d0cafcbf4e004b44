//! From an HTTP request to a socket.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::socket::Socket;
use crate::api::Problem;
use crate::lifecycle::Tasks;

/// A request that may become a socket.
#[derive(Debug)]
pub struct Upgrade {
    on_upgrade: OnUpgrade,
    accept: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let on_upgrade = parts.extensions.get::<OnUpgrade>().cloned();
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY).cloned();
        let refuse = |status| Problem::new(status, "this address speaks the websocket protocol only");
        // looks at everything the protocol asks for; its own socket has a buffer that keeps the size of the largest message
        drop(WebSocketUpgrade::from_request_parts(parts, state).await.map_err(|e| refuse(e.status()))?);
        let (on_upgrade, key) = on_upgrade.zip(key).ok_or_else(|| refuse(StatusCode::UPGRADE_REQUIRED))?;
        Ok(Self { on_upgrade, accept: derive_accept_key(key.as_bytes()) })
    }
}

impl Upgrade {
    /// Agrees, and runs the session once the connection is a socket; it is given what the client has sent already.
    pub(super) fn run<F>(self, tasks: &Tasks, session: impl FnOnce(Socket, Bytes) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let on_upgrade = self.on_upgrade;
        tasks.once(async move {
            // the other side may have gone
            let Ok(upgraded) = on_upgrade.await else { return };
            let (socket, heard) = Socket::new(upgraded);
            Box::pin(session(socket, heard)).await;
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::try_from(self.accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        response
    }
}
