//! From an HTTP request to a socket, with buffers as small as ten thousand screens want them.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::session::Socket;
use crate::api::Problem;
use crate::lifecycle::Tasks;

/// Longest message of a client.
const MESSAGE: usize = 64 << 10;
/// Read buffer of a socket; the library's own would be 128 KiB. Longer messages make it grow.
const READ: usize = 1 << 10;

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
    /// Agrees, and runs the session once the connection is a socket.
    pub(super) fn run<F>(self, tasks: &Tasks, session: impl FnOnce(Socket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // nothing is held back: a piece is written when it comes
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE))
            .max_frame_size(Some(MESSAGE));
        let on_upgrade = self.on_upgrade;
        tasks.once(async move {
            // the other side may have gone
            let Ok(upgraded) = on_upgrade.await else { return };
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
            Box::pin(session(socket)).await;
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
