//! Bodies and query strings, read so that what is wrong with them comes back as a problem, field by field.

use axum::body::HttpBody;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::problem::{Problem, Result};
use crate::wire::FieldError;

/// A JSON object. What is wrong with it is said by [`Body::read`], after the caller and the thing have been looked at.
pub(crate) struct Body<T>(Result<T>);

impl<T> Body<T> {
    /// The body, or what is wrong with it.
    pub(crate) fn read(self) -> Result<T> {
        self.0
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        // nothing at all lacks all of its fields
        if request.body().is_end_stream() {
            return Ok(Self(object(b"{}")));
        }
        let read = axum::Json::<Box<RawValue>>::from_request(request, state).await;
        Ok(Self(read.map_err(unread).and_then(|axum::Json(raw)| object(raw.get().as_bytes()))))
    }
}

/// A JSON list.
pub(crate) struct ListBody<T>(Result<T>);

impl<T> ListBody<T> {
    /// The body, or what is wrong with it.
    pub(crate) fn read(self) -> Result<T> {
        self.0
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ListBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let read = axum::Json::<T>::from_request(request, state).await;
        Ok(Self(read.map(|axum::Json(body)| body).map_err(unread)))
    }
}

/// Reads an object; serde would take a list for one, its elements for the fields in their order.
fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    if json.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::field("body", "is a list; expected an object"));
    }
    axum::Json::from_bytes(json).map(|axum::Json(body)| body).map_err(unread)
}

/// What is wrong with a body.
fn unread(e: JsonRejection) -> Problem {
    match e {
        JsonRejection::JsonDataError(e) => Problem::invalid(vec![field_error(&e.body_text())]),
        e @ JsonRejection::MissingJsonContentType(_) => {
            Problem::new(e.status(), "send a JSON body with `Content-Type: application/json`")
        }
        e => Problem::new(e.status(), too_large_or(e.status(), e.body_text())),
    }
}

/// A JSON body that may be left out.
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let bytes = bytes::Bytes::from_request(request, state)
            .await
            .map_err(|e| Problem::new(e.status(), too_large_or(e.status(), e.body_text())))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(T::default()));
        }
        object(&bytes).map(Self)
    }
}

/// Names in the path. What cannot be one, such as broken UTF-8, is refused like everything else.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(e) => Err(Problem::new(e.status(), e.body_text())),
        }
    }
}

/// A query string. Parameters that are there but empty count as left out.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(QueryRejection::FailedToDeserializeQueryString(e)) => {
                Err(Problem::invalid(vec![field_error(&e.body_text())]))
            }
            Err(e) => Err(Problem::new(e.status(), e.body_text())),
        }
    }
}

/// For query parameters that are not text: absent and empty are the same.
pub(crate) fn or_empty<'de, D, T>(deserializer: D) -> std::result::Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    match Option::<String>::deserialize(deserializer)?.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

/// Collects what is wrong with the fields of a request, so that all of it is said at once.
#[derive(Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    /// Notes a wrong field.
    pub(crate) fn wrong(&mut self, field: &str, detail: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), detail: detail.into() });
    }

    /// Text that may not be empty.
    pub(crate) fn text(&mut self, field: &str, text: &str, max: usize) {
        if text.trim().is_empty() {
            self.wrong(field, "is missing");
        }
        self.at_most(field, text, max);
    }

    /// Text of at most so many characters.
    pub(crate) fn at_most(&mut self, field: &str, text: &str, max: usize) {
        if text.chars().count() > max {
            self.wrong(field, format!("has more than {max} characters"));
        }
    }

    /// 422 if anything was noted.
    pub(crate) fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

/// From serde's words, which name the field in one of three ways: missing field `x`, unknown field `x`, `x: …`.
fn field_error(text: &str) -> FieldError {
    let detail = text.split_once(": ").filter(|(head, _)| head.starts_with("Failed to")).map_or(text, |(_, rest)| rest);
    let detail = detail.split(" at line ").next().unwrap_or(detail);
    if let Some((at, rest)) = detail.split_once(": ")
        && at.len() <= 64
        && !at.contains(' ')
    {
        return FieldError { field: at.to_owned(), detail: rest.to_owned() };
    }
    let quoted = detail.split('`').nth(1).filter(|_| detail.contains(" field `")).unwrap_or_default();
    FieldError { field: if quoted.is_empty() { "body" } else { quoted }.to_owned(), detail: detail.to_owned() }
}

fn too_large_or(status: StatusCode, text: String) -> String {
    if status == StatusCode::PAYLOAD_TOO_LARGE { "the body is too large".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_errors_name_their_field() {
        for (text, field, detail) in [
            (
                "Failed to deserialize the JSON body into the target type: lon: invalid type: string \"x\", expected f64 at line 1 column 10",
                "lon",
                "invalid type: string \"x\", expected f64",
            ),
            (
                "Failed to deserialize the JSON body into the target type: missing field `crew` at line 1 column 2",
                "crew",
                "missing field `crew`",
            ),
            ("unknown field `sqe`, expected `seq` at line 1 column 6", "sqe", "unknown field `sqe`, expected `seq`"),
            (
                "Failed to deserialize query string: limit: invalid digit found in string",
                "limit",
                "invalid digit found in string",
            ),
            (
                "invalid type: map, expected a sequence at line 1 column 0",
                "body",
                "invalid type: map, expected a sequence",
            ),
        ] {
            let e = field_error(text);
            assert_eq!((e.field.as_str(), e.detail.as_str()), (field, detail), "{text}");
        }
    }
}
