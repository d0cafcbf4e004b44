//! Telephones show their token where they can: in the query or as the password of Basic. Only their own routes take
//! it there; for everything that follows it is a bearer token.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Routes that telephones without a way to set headers post to.
pub(crate) const ROUTES: [&str; 2] = ["/api/v1/osmand", "/api/v1/owntracks"];

/// Turns what a telephone shows into a bearer token.
pub(crate) fn as_bearer(request: &mut Request) {
    let shown = basic(request.headers()).or_else(|| query(request.uri().query()?));
    let bearer = shown.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
    if let Some(bearer) = bearer {
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
    }
}

fn basic(headers: &HeaderMap) -> Option<String> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(rest.trim()).ok())??;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

fn query(text: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(text.as_bytes());
    pairs.find(|(name, token)| name == "token" && !token.is_empty()).map(|(_, token)| token.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn a_token_is_taken_from_basic_or_the_query() {
        let basic = format!("Basic {}", STANDARD.encode("c-07:se:cret"));
        for (authorization, uri, expect) in [
            (None, "/osmand?id=a&token=abc%2B1", Some("Bearer abc+1")),
            (Some(basic.as_str()), "/osmand", Some("Bearer se:cret")),
            (Some("Bearer own"), "/osmand", Some("Bearer own")),
            (Some("Basic !"), "/osmand", Some("Basic !")),
            (None, "/osmand?token=", None),
            (None, "/osmand?token=a%0Ab", None),
        ] {
            let mut request = Request::builder().uri(uri);
            if let Some(value) = authorization {
                request = request.header("authorization", value);
            }
            let mut request = request.body(Body::empty()).expect("a request");
            as_bearer(&mut request);
            let now = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
            assert_eq!(now, expect, "{authorization:?} {uri}");
        }
    }
}
