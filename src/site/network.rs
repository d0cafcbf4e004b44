//! `network.geojson`: pipes and what joins them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use linepack_core::AssetId;
use linepack_core::registry::{Network, Node, NodeKind, Pipe};

use super::assets::Assets;
use super::features::{self, Feature};
use super::source::Source;

/// Wall roughness where the file gives none, mm: old steel and plastic in service.
const ROUGHNESS_MM: f64 = 0.1;

const KINDS: [(&str, NodeKind); 7] = [
    ("source", NodeKind::Source),
    ("regulator", NodeKind::Regulator),
    ("valve", NodeKind::Valve),
    ("joint", NodeKind::Joint),
    ("customer", NodeKind::Customer),
    ("sensor", NodeKind::Sensor),
    ("compressor", NodeKind::Compressor),
];

/// The network and the names of its pipes, those of broken features too.
#[derive(Debug, Default)]
pub(super) struct NetworkFile {
    pub(super) network: Network,
    pipes: HashSet<String>,
    /// The file could be read as a collection of features.
    pub(super) complete: bool,
}

impl NetworkFile {
    /// That of a site without the file.
    pub(super) fn none() -> Self {
        Self { complete: true, ..Self::default() }
    }

    /// Whether there is such a pipe.
    pub(super) fn has_pipe(&self, id: &str) -> bool {
        self.pipes.contains(id)
    }
}

/// Reads the features; assets are checked where `assets.csv` could be read.
pub(super) fn read(source: &Source, assets: Option<&Assets>) -> NetworkFile {
    let mut file = NetworkFile::default();
    let Some(features) = features::read(source) else { return file };
    file.complete = true;
    let mut nodes: HashMap<String, u32> = HashMap::new();
    for feature in features.iter().filter(|f| f.geometry != "LineString") {
        if feature.geometry == "Point" {
            read_node(feature, assets, &mut nodes, &mut file.network);
        } else {
            feature.error(format!("expected a LineString (pipe) or a Point (node), found {}", feature.geometry));
        }
    }
    for feature in features.iter().filter(|f| f.geometry == "LineString") {
        read_pipe(feature, &nodes, &mut file);
    }
    file
}

fn read_node(f: &Feature<'_>, assets: Option<&Assets>, nodes: &mut HashMap<String, u32>, network: &mut Network) {
    let id = f.identifier("id");
    if let Some(id) = &id {
        let number = u32::try_from(network.nodes.len()).unwrap_or(u32::MAX);
        if nodes.insert(id.clone(), number).is_some() {
            f.error_at("id", format!("a second point is called \"{id}\""));
        }
    }
    let kind = f.word("kind", &KINDS);
    f.need("kind");
    let elevation_m = f.number("elevation_m", -500.0..=9000.0).unwrap_or(0.0);
    let closed = f.word("state", &[("open", false), ("closed", true)]).unwrap_or(false);
    let operable = f.boolean("operable").unwrap_or(true);
    let asset = f.text("asset").filter(|a| !a.is_empty()).and_then(|name| {
        let assets = assets.filter(|a| a.complete)?;
        let found = assets.ids.get(name.as_str()).copied();
        if found.is_none() {
            f.error_at("asset", format!("assets.csv has no asset \"{name}\""));
        }
        found.map(AssetId)
    });
    // a broken node keeps its number, so that pipes still find it
    let position = f.point().unwrap_or(linepack_core::LonLat { lon: 0.0, lat: 0.0 });
    if let Some(id) = id {
        let kind = kind.unwrap_or(NodeKind::Joint);
        network.nodes.push(Node { id: id.into(), kind, position, elevation_m, closed, operable, asset });
    }
}

fn read_pipe(f: &Feature<'_>, nodes: &HashMap<String, u32>, file: &mut NetworkFile) {
    let id = f.identifier("id");
    if let Some(id) = &id
        && !file.pipes.insert(id.clone())
    {
        f.error_at("id", format!("a second pipe is called \"{id}\""));
    }
    let end = |key: &str| {
        let name = f.identifier(key)?;
        let found = nodes.get(&name).copied();
        if found.is_none() {
            f.error_at(key, format!("there is no point \"{name}\""));
        }
        found
    };
    let (from, to) = (end("from"), end("to"));
    let diameter = f.number("diameter_mm", 1.0..=5000.0);
    f.need("diameter_mm");
    let given = f.number("length_m", 0.001..=10_000_000.0);
    let roughness_mm = f.number("roughness_mm", 0.0..=100.0).unwrap_or(ROUGHNESS_MM);
    let word = |key| f.text(key).map(Arc::<str>::from).unwrap_or_default();
    let (pressure_class, material) = (word("pressure_class"), word("material"));
    let Some(path) = f.line() else { return };
    let drawn: f64 = path.windows(2).map(|w| w[0].distance_m(w[1])).sum();
    if given.is_none() && drawn <= 0.0 {
        f.error("the pipe has no length as drawn; expected the property \"length_m\"");
    }
    let (Some(id), Some(from), Some(to), Some(diameter_mm)) = (id, from, to, diameter) else { return };
    file.network.pipes.push(Pipe {
        id: id.into(),
        from,
        to,
        diameter_mm,
        length_m: given.unwrap_or(drawn),
        pressure_class,
        material,
        roughness_mm,
        path,
    });
}
