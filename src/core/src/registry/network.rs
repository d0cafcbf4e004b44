//! Pipes and what joins them.

use std::sync::Arc;

use crate::{AssetId, LonLat};

/// The pipe graph. Pipes refer to nodes by index.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Sources, regulators, valves, joints, customers, sensors, compressors.
    pub nodes: Vec<Node>,
    /// Lines between them.
    pub pipes: Vec<Pipe>,
}

/// A point of the network.
#[derive(Clone, Debug)]
pub struct Node {
    /// The user's identifier.
    pub id: Arc<str>,
    /// What it does.
    pub kind: NodeKind,
    /// Where it is.
    pub position: LonLat,
    /// Metres above sea level; 0 where unknown.
    pub elevation_m: f64,
    /// A valve that is closed.
    pub closed: bool,
    /// A valve that can be turned.
    pub operable: bool,
    /// The asset that measures here.
    pub asset: Option<AssetId>,
}

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// Feeds the network.
    Source,
    /// Reduces pressure.
    Regulator,
    /// Closes.
    Valve,
    /// Only joins.
    Joint,
    /// Takes gas or heat.
    Customer,
    /// Measures.
    Sensor,
    /// Raises pressure.
    Compressor,
}

/// A pipe.
#[derive(Clone, Debug)]
pub struct Pipe {
    /// The user's identifier.
    pub id: Arc<str>,
    /// Index of a node.
    pub from: u32,
    /// Index of a node.
    pub to: u32,
    /// Inner diameter, mm.
    pub diameter_mm: f64,
    /// Length along the pipe, m.
    pub length_m: f64,
    /// The site's word: `high`, `medium`, `low`, ….
    pub pressure_class: Arc<str>,
    /// The site's word.
    pub material: Arc<str>,
    /// Wall roughness, mm.
    pub roughness_mm: f64,
    /// The line on the map, both ends included.
    pub path: Vec<LonLat>,
}
