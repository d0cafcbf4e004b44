//! Pipes, nodes and what lies behind them, as GeoJSON for the map.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use linepack_core::registry::{Node, NodeKind, Pipe};
use linepack_core::{LonLat, Registry};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::site::bounds;
use super::state::Hub;
use crate::view::Picture;

/// An empty FeatureCollection.
const NOTHING: &str = r#"{"type":"FeatureCollection","features":[]}"#;

/// What is drawn once a site, not once a request.
#[derive(Debug, Default)]
pub(crate) struct Drawings(Mutex<Option<(Arc<Registry>, Arc<Drawing>)>>);

/// The drawings of one site.
#[derive(Debug)]
pub(crate) struct Drawing {
    /// West, south, east, north.
    pub(crate) bounds: [f64; 4],
    network: Document,
    backdrop: Document,
}

#[derive(Debug)]
struct Document {
    body: Bytes,
    etag: String,
}

impl Document {
    fn new(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body);
        let etag = digest.iter().take(12).fold(String::from("\""), |s, b| s + &format!("{b:02x}")) + "\"";
        Self { body, etag }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
        // weak where compression made it so; the content is the same
        let same = known.is_some_and(|v| v.split(',').any(|t| t.trim().trim_start_matches("W/") == self.etag));
        let meta = [(header::ETAG, self.etag.clone()), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
        if same {
            return (StatusCode::NOT_MODIFIED, meta).into_response();
        }
        (meta, [(header::CONTENT_TYPE, "application/geo+json")], self.body.clone()).into_response()
    }
}

impl Drawings {
    /// Of the site in a picture; made when it is a new one.
    pub(crate) fn of(&self, picture: &Picture) -> Arc<Drawing> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((registry, drawing)) = &*held
            && Arc::ptr_eq(registry, &picture.registry)
        {
            return drawing.clone();
        }
        let drawing = Arc::new(Drawing {
            bounds: bounds(&picture.registry),
            network: Document::new(network(&picture.registry).to_string()),
            backdrop: Document::new(picture.site.backdrop.as_deref().unwrap_or(NOTHING).to_owned()),
        });
        *held = Some((picture.registry.clone(), drawing.clone()));
        drawing
    }
}

/// Pipes (`id class diameter_mm`) and nodes (`id kind asset state`) as a GeoJSON FeatureCollection.
#[utoipa::path(get, path = "/network", tag = "site",
    responses((status = 200, body = Object, content_type = "application/geo+json"), (status = 304)))]
pub(crate) async fn get(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Response {
    hub.drawings.of(&hub.view.load()).network.answer(&headers)
}

/// Water, green, roads, labels behind the network, as the site folder gives them; else nothing.
#[utoipa::path(get, path = "/backdrop", tag = "site",
    responses((status = 200, body = Object, content_type = "application/geo+json"), (status = 304)))]
pub(crate) async fn backdrop(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Response {
    hub.drawings.of(&hub.view.load()).backdrop.answer(&headers)
}

fn network(registry: &Registry) -> serde_json::Value {
    let pipes = registry.network.pipes.iter().map(pipe);
    let nodes = registry.network.nodes.iter().map(|n| node(registry, n));
    json!({ "type": "FeatureCollection", "features": pipes.chain(nodes).collect::<Vec<_>>() })
}

fn pipe(pipe: &Pipe) -> serde_json::Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "LineString", "coordinates": pipe.path.iter().map(|p| at(*p)).collect::<Vec<_>>() },
        "properties": { "id": &*pipe.id, "class": &*pipe.pressure_class, "diameter_mm": pipe.diameter_mm },
    })
}

fn node(registry: &Registry, node: &Node) -> serde_json::Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "Point", "coordinates": at(node.position) },
        "properties": {
            "id": &*node.id,
            "kind": kind(node.kind),
            "asset": node.asset.map(|a| &*registry.assets[a.index()].id),
            "state": if node.closed { "closed" } else { "open" },
        },
    })
}

/// Seven decimals are a centimetre.
fn at(p: LonLat) -> [f64; 2] {
    [p.lon, p.lat].map(|d| (d * 1e7).round() / 1e7)
}

const fn kind(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Source => "source",
        NodeKind::Regulator => "regulator",
        NodeKind::Valve => "valve",
        NodeKind::Joint => "joint",
        NodeKind::Customer => "customer",
        NodeKind::Sensor => "sensor",
        NodeKind::Compressor => "compressor",
    }
}
