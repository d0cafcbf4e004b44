//! Values from programs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use linepack_core::{Delivery, Input, Quality, Reason, Registry, Sample, Ts};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::input::ListBody;
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::engine::AskError;
use crate::ingest::mqtt::batch::TURN;
use crate::wire;

/// Before it (March 1973) a number of milliseconds is one of seconds.
const EARLIEST: i64 = 100_000_000_000;
/// The year 10,000.
const LATEST: i64 = 253_402_300_800_000;

/// Samples of one request.
const MOST: usize = 100_000;
/// Refusals listed; the rest is counted.
const LISTED: usize = 1000;

/// What unpacks bodies says nothing of those it cannot.
pub(crate) async fn packed(response: Response) -> Response {
    if response.status() != StatusCode::UNSUPPORTED_MEDIA_TYPE || response.headers().contains_key(CONTENT_TYPE) {
        return response;
    }
    let detail = "the body is packed in a way the hub does not know; send it with gzip or as it is";
    let mut told = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response();
    told.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    told
}

/// The rows of a request; one that cannot be read does not spoil the others.
pub(crate) struct Rows(Vec<Row>);

/// A sample as sent, or the point it names and what is wrong with it.
type Row = std::result::Result<wire::SampleIn, (String, String)>;

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Rows;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of samples")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Rows, A::Error> {
                let mut rows = vec![];
                while let Some(row) = list.next_element::<Box<RawValue>>()? {
                    if rows.len() == MOST {
                        return Err(A::Error::custom(format!("more than {MOST} samples; send them in parts")));
                    }
                    rows.push(serde_json::from_str(row.get()).map_err(|e| (point_of(&row), e.to_string())));
                }
                Ok(Rows(rows))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// The point a row names that cannot be read as a whole.
fn point_of(row: &RawValue) -> String {
    #[derive(Deserialize)]
    struct Named {
        point: String,
    }
    serde_json::from_str::<Named>(row.get()).map(|n| n.point).unwrap_or_default()
}

/// Hands in samples: at most 100,000 and 16 MiB, also packed with gzip (`Content-Encoding: gzip`). Answered when what was
/// accepted cannot be lost any more; the same samples may be sent again. Of the refusals the first 1,000 are listed.
#[utoipa::path(post, path = "/samples", tag = "values", request_body = Vec<wire::SampleIn>,
    responses((status = 200, body = wire::SamplesResult)))]
pub(crate) async fn post(State(hub): State<Arc<Hub>>, body: ListBody<Rows>) -> Result<Json<wire::SamplesResult>> {
    let Rows(rows) = body.read()?;
    let picture = hub.view.load();
    let received = hub.clock.now();
    let (mut samples, mut refusals, mut refused) = (Vec::with_capacity(rows.len()), vec![], 0);
    for (index, row) in (0..).zip(rows) {
        let read = row.and_then(|row| read(&picture.registry, &row, received).map_err(|reason| (row.point, reason)));
        match read {
            Ok(sample) => samples.push(sample),
            Err((point, reason)) => {
                refused += 1;
                if refusals.len() < LISTED {
                    refusals.push(wire::SampleRefused { index, point, reason });
                }
            }
        }
    }
    let accepted = samples.len() as u64;
    if accepted > 0 && !hub.engine.is_recording() {
        return Err(AskError::NotRecorded.into());
    }
    let mut told = vec![];
    for turn in samples.chunks(TURN) {
        let turn = Input::Samples(turn.to_vec());
        told.push(hub.engine.feed_durable(picture.registry.generation, turn).await?);
    }
    for durable in told {
        durable.await.map_err(|_| Problem::unavailable("the site was read anew meanwhile; send them again", 1))?;
    }
    metrics::counter!("linepack_samples_refused_total", "by" => "api").increment(refused);
    Ok(Json(wire::SamplesResult { accepted, refused, refusals }))
}

fn read(registry: &Registry, row: &wire::SampleIn, received: Ts) -> std::result::Result<Sample, String> {
    let point = registry.find_point(&row.point).ok_or_else(|| format!("there is no point {}", row.point))?;
    let point = registry.fed(point).map_err(str::to_owned)?;
    let ts = match row.ts_ms {
        None => received,
        Some(ms) if (EARLIEST..LATEST).contains(&ms) => Ts(ms),
        Some(_) => return Err("ts_ms: milliseconds since 1970 expected".into()),
    };
    let quality = match row.quality.as_deref() {
        None | Some("good") => Quality::Good,
        Some("uncertain") => Quality::Uncertain(Reason::Unspecified),
        Some("bad") => Quality::Bad(Reason::Unspecified),
        Some(_) => return Err("quality: good, uncertain or bad expected".into()),
    };
    let value = match row.value {
        Some(value) if value.is_finite() => value,
        None if matches!(quality, Quality::Bad(_)) => f64::NAN,
        _ => return Err("value: a number expected".into()),
    };
    let sample = Sample { point, ts, received, value, quality, delivery: Delivery::Live };
    match registry.clock_of(point).refusal(&sample) {
        Some(why) => Err(format!("ts_ms: {why}")),
        None => Ok(sample),
    }
}
