//! The web pages, built from `dashboards` and embedded.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use super::problem::Problem;

/// What `npm run build` made; empty when it was not run.
#[derive(Embed)]
#[folder = "dashboards/dist"]
#[allow_missing = true]
struct Dist;

/// Paths that are views of the one page.
const VIEWS: &[&str] =
    &["", "map", "alarms", "dispatch", "trends", "orders", "reports", "system", "replay", "crew", "wall", "login"];

/// Everything that is no route: pages, their files, else 404.
pub(crate) async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/').trim_end_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::new(StatusCode::NOT_FOUND, format!("there is no {}", uri.path())).into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this takes GET, HEAD");
        return problem.allow("GET, HEAD").into_response();
    }
    if VIEWS.contains(&path) {
        return match Dist::get("index.html") {
            Some(index) => file(index, "index.html", &headers),
            None => Html(NOT_BUILT).into_response(),
        };
    }
    match Dist::get(path) {
        Some(found) => file(found, path, &headers),
        None => Problem::new(StatusCode::NOT_FOUND, format!("there is no {}", uri.path())).into_response(),
    }
}

fn file(file: EmbeddedFile, path: &str, headers: &HeaderMap) -> Response {
    let digest = file.metadata.sha256_hash();
    let etag = digest.iter().take(12).fold(String::from("\""), |s, b| s + &format!("{b:02x}")) + "\"";
    // the bundler puts a digest into the names of files under `assets/`
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let meta = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, cache.to_owned())];
    if known.is_some_and(|v| v.split(',').any(|t| t.trim().trim_start_matches("W/") == etag)) {
        return (StatusCode::NOT_MODIFIED, meta).into_response();
    }
    let mime = file.metadata.mimetype().to_owned();
    let body = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    (meta, [(header::CONTENT_TYPE, mime)], body).into_response()
}

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Linepack</title>\
<body style=\"font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem\"><h1>Linepack</h1>\
<p>The hub runs, but its screens were not built into it. Run <code>make ui</code> and build it again.</p>\
<p>The API is described at <a href=\"/api/docs\">/api/docs</a>.</p></body></html>";
