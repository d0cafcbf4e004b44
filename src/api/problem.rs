//! Refusals, all of one shape (RFC 9457). What a database or a panic said stays inside.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use linepack_core::Refusal;
use linepack_core::alarm::State;

use crate::engine::{AskError, Closed};
use crate::store::StoreError;
use crate::wire;

/// Answers of handlers.
pub(crate) type Result<T> = std::result::Result<T, Problem>;

/// A refusal on its way out. Boxed: a result should cost its good case no more than that.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    detail: String,
    errors: Vec<wire::FieldError>,
    state: Option<String>,
    seq: Option<u64>,
    header: Option<(header::HeaderName, HeaderValue)>,
}

impl Problem {
    /// A refusal with a status and what a person can do about it.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts { status, detail: detail.into(), errors: vec![], state: None, seq: None, header: None }))
    }

    /// 401.
    pub(crate) fn unauthorized(detail: &str) -> Self {
        let mut this = Self::new(StatusCode::UNAUTHORIZED, detail);
        this.0.header = Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"linepack\"")));
        this
    }

    /// 403.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 404.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no {what} {id}"))
    }

    /// 409 with the present state.
    pub(crate) fn conflict(state: &str, detail: impl Into<String>) -> Self {
        let mut this = Self::new(StatusCode::CONFLICT, detail);
        this.0.state = Some(state.to_owned());
        this
    }

    /// A 409 about an alarm says how it is now, and its `seq`, so that who asked can look and ask again. Where another
    /// thing than the alarm's state is in the way, that stays said.
    pub(crate) fn of_alarm(mut self, now: &wire::Alarm) -> Self {
        if self.0.status == StatusCode::CONFLICT {
            let of_alarm = |state: &str| State::from_name(state).is_some();
            if self.0.state.as_deref().is_none_or(of_alarm) {
                self.0.state = Some(now.state.clone());
            }
            self.0.seq = Some(now.seq);
        }
        self
    }

    /// 422, field by field; the list is not empty.
    pub(crate) fn invalid(errors: Vec<wire::FieldError>) -> Self {
        let detail = errors.iter().map(|e| format!("{}: {}", e.field, e.detail)).collect::<Vec<_>>().join("; ");
        let mut this = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        this.0.errors = errors;
        this
    }

    /// 422 for one field.
    pub(crate) fn field(field: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![wire::FieldError { field: field.to_owned(), detail: detail.into() }])
    }

    /// 503, with when to try again.
    pub(crate) fn unavailable(detail: &str, retry_after_s: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(retry_after_s)
    }

    /// Says when to try again.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.0.header = Some((header::RETRY_AFTER, HeaderValue::from(seconds)));
        self
    }

    /// Says which methods a path takes.
    pub(crate) fn allow(mut self, methods: &str) -> Self {
        self.0.header = HeaderValue::from_str(methods).ok().map(|value| (header::ALLOW, value));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// For a person.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Parts { status, detail, errors, state, seq, header } = *self.0;
        let body = wire::Problem {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail,
            errors,
            state,
            seq,
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = header {
            headers.insert(name, value);
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { what, id } => Self::not_found(what, &id),
            Refusal::Conflict { state, detail } => Self::conflict(state, detail),
            Refusal::Invalid { field, detail } => Self::field(field, detail),
        }
    }
}

impl From<AskError> for Problem {
    fn from(e: AskError) -> Self {
        match e {
            AskError::Refused(refusal) => refusal.into(),
            AskError::Busy => Self::unavailable("the hub has too much to do; try again", 1),
            AskError::NotRecorded => {
                Self::unavailable("the disk is full: nothing can be recorded until there is space", 10)
            }
            AskError::Closed(closed) => closed.into(),
        }
    }
}

impl From<Closed> for Problem {
    fn from(closed: Closed) -> Self {
        Self::unavailable(&closed.to_string(), 5)
    }
}

impl From<StoreError> for Problem {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Refused(detail) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
            e => {
                tracing::warn!(error = &e as &dyn std::error::Error, "the store did not answer a request");
                Self::unavailable("the database does not answer; the hub goes on without it", 5)
            }
        }
    }
}
