//! The rest of a body that a route refused without reading it to its end. An answer that went out before would end the
//! connection, and who still sends would perhaps never see it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use tokio::time::timeout;

/// Bytes and time that are spent on a rest; then the connection may end.
const MOST: usize = 32 << 20;
const LONGEST: Duration = Duration::from_secs(5);

/// Reads what a route leaves of its request's body before its answer goes out.
pub(crate) async fn drain(request: Request, next: Next) -> Response {
    // who asks beforehand whether to send has not sent
    if axum::body::HttpBody::is_end_stream(request.body()) || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = Arc::new(Mutex::new(body.into_data_stream()));
    let response = next.run(Request::from_parts(parts, Body::from_stream(pieces(body.clone())))).await;
    // one that was read to its end has none, and one that ended badly has no reader
    let rest = async {
        let (mut rest, mut length) = (pieces(body), 0);
        while let Some(Ok(piece)) = rest.next().await {
            length += piece.len();
            if length > MOST {
                break;
            }
        }
    };
    let _ = timeout(LONGEST, rest).await;
    response
}

type Piece = Result<axum::body::Bytes, axum::Error>;

fn pieces(body: Arc<Mutex<BodyDataStream>>) -> impl futures_util::Stream<Item = Piece> + Unpin {
    poll_fn(move |cx| body.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(cx))
}
