//! Between the socket and the handlers: roles, origins, deadlines, counters, headers.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout};

use super::caller::origin_ok;
use super::phone;
use super::problem::{Problem, Result};
use super::roles::{self, Need};
use super::state::Hub;

/// No request takes longer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Scripts, workers and pictures of the hub only; styles may stand in the page, map tiles may be blobs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; \
     worker-src 'self' blob:; child-src 'self' blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Lets a request to a route of the table through, in time, if its caller may.
pub(crate) async fn gate(State(hub): State<Arc<Hub>>, path: MatchedPath, mut request: Request, next: Next) -> Response {
    let (began, method) = (Instant::now(), request.method().clone());
    let response = match admit(&hub, path.as_str(), &mut request).await {
        Ok(()) => timeout(DEADLINE, next.run(request)).await.unwrap_or_else(|_| {
            tracing::warn!(%method, path = path.as_str(), "a request was not answered in time");
            Problem::unavailable("the hub did not get to it in time; try again", 5).into_response()
        }),
        Err(problem) => problem.into_response(),
    };
    let labels = [
        ("method", method.as_str().to_owned()),
        ("path", path.as_str().to_owned()),
        ("status", response.status().as_str().to_owned()),
    ];
    metrics::counter!("linepack_http_requests_total", &labels).increment(1);
    metrics::histogram!("linepack_http_request_seconds", &labels[..2]).record(began.elapsed().as_secs_f64());
    response
}

async fn admit(hub: &Hub, path: &str, request: &mut Request) -> Result<()> {
    let need = roles::need(request.method(), path).ok_or_else(|| method_not_allowed(path))?;
    if phone::ROUTES.contains(&path) {
        phone::as_bearer(request);
    }
    if need != Need::Open {
        let caller = hub.access.caller(request.headers(), request.extensions()).await?;
        if !need.met_by(caller.account.role) {
            return Err(Problem::forbidden(format!("this needs {}", need.describe())));
        }
        request.extensions_mut().insert(caller);
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let by_cookie = !request.headers().contains_key(header::AUTHORIZATION);
    if changes && by_cookie && !origin_ok(request.headers()) {
        return Err(Problem::forbidden("the request comes from another site's page"));
    }
    Ok(())
}

fn method_not_allowed(path: &str) -> Problem {
    let methods = roles::methods(path);
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("this takes {methods}")).allow(&methods)
}

/// Headers of every response.
pub(crate) async fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A handler that panicked: its words stay in the log.
pub(crate) fn panicked(_words: Box<dyn Any + Send>) -> Response {
    metrics::counter!("linepack_http_panics_total").increment(1);
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the hub made an error; it is in its log").into_response()
}
