//! The gas network: a high-pressure ring, mains under the streets, service pipes and the low network behind each regulator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use linepack_core::AssetId;
use linepack_core::registry::{Network, Node, NodeKind, Pipe};
use rand::Rng;
use rand::rngs::StdRng;

use super::plane::{Xy, distance, lon_lat, middle, offset};
use super::streets::{Class, Piece, Streets};

/// Pipes longer than this may carry a valve, m.
const VALVE_FROM_M: f64 = 450.0;

/// The network while it grows.
#[derive(Debug, Default)]
pub(super) struct Mains {
    pub(super) network: Network,
    places: Vec<Xy>,
    joints: usize,
    /// Node of the main at a crossing.
    at_crossing: BTreeMap<usize, usize>,
    /// Valves in the mains, for those that report their state.
    pub(super) valves: Vec<usize>,
}

/// What a pipe is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Make {
    class: &'static str,
    diameter_mm: f64,
    material: &'static str,
}

pub(super) const HIGH: Make = Make { class: "high", diameter_mm: 500.0, material: "steel" };
const MAIN: Make = Make { class: "medium", diameter_mm: 315.0, material: "pe" };
const BRANCH: Make = Make { class: "medium", diameter_mm: 200.0, material: "pe" };
const SERVICE: Make = Make { class: "medium", diameter_mm: 160.0, material: "pe" };
const FEEDER: Make = Make { class: "medium", diameter_mm: 400.0, material: "steel" };
pub(super) const LOW: Make = Make { class: "low", diameter_mm: 200.0, material: "pe" };

impl Mains {
    /// A new node.
    pub(super) fn node(&mut self, id: String, kind: NodeKind, at: Xy) -> usize {
        self.network.nodes.push(Node {
            id: id.into(),
            kind,
            position: lon_lat(at),
            elevation_m: 0.0,
            closed: false,
            operable: true,
            asset: None,
        });
        self.places.push(at);
        self.places.len() - 1
    }

    /// A new joint.
    pub(super) fn joint(&mut self, at: Xy) -> usize {
        self.joints += 1;
        self.node(format!("j-{:04}", self.joints), NodeKind::Joint, at)
    }

    /// Where a node is.
    pub(super) fn place(&self, node: usize) -> Xy {
        self.places[node]
    }

    /// An asset measures at a node.
    pub(super) fn measured_by(&mut self, node: usize, asset: usize) {
        self.network.nodes[node].asset = Some(AssetId(asset as u32));
    }

    /// A new pipe over the places between its ends; its index.
    pub(super) fn pipe(&mut self, from: usize, to: usize, between: &[Xy], make: Make) -> usize {
        let line: Vec<Xy> = std::iter::once(self.places[from])
            .chain(between.iter().copied())
            .chain(std::iter::once(self.places[to]))
            .collect();
        let length: f64 = line.windows(2).map(|s| distance(s[0], s[1])).sum();
        self.network.pipes.push(Pipe {
            id: format!("p-{:04}", self.network.pipes.len() + 1).into(),
            from: from as u32,
            to: to as u32,
            diameter_mm: make.diameter_mm,
            length_m: (length * 10.0).round() / 10.0,
            pressure_class: Arc::from(make.class),
            material: Arc::from(make.material),
            roughness_mm: if make.material == "steel" { 0.1 } else { 0.01 },
            path: line.into_iter().map(lon_lat).collect(),
        });
        self.network.pipes.len() - 1
    }

    /// Mains under the streets: they reach all `takers`, fed at the crossings `feeders`, with loops along the main roads.
    pub(super) fn lay(&mut self, streets: &Streets, feeders: &[usize], takers: &[usize], rng: &mut StdRng) {
        let cost = |p: &Piece| {
            p.length
                * match p.class {
                    Class::Trunk | Class::Primary => 1.0,
                    Class::Secondary => 1.5,
                    Class::Residential => 2.2,
                }
        };
        let mut laid: BTreeSet<usize> = BTreeSet::new();
        let mut follow = |by: &[Option<usize>], from: usize| {
            let mut crossing = from;
            while let Some(piece) = by[crossing] {
                laid.insert(piece);
                let [a, b] = streets.pieces[piece].ends;
                crossing = if a == crossing { b } else { a };
            }
        };
        let by = streets.ways(feeders, cost);
        takers.iter().for_each(|t| follow(&by, *t));
        for pair in feeders.windows(2) {
            let by = streets.ways(&pair[..1], cost);
            follow(&by, pair[1]);
        }
        let main_roads = streets.pieces.iter().enumerate().filter(|(_, p)| p.class >= Class::Primary);
        laid.extend(main_roads.map(|(i, _)| i));
        let stays: BTreeSet<usize> = feeders.iter().chain(takers).copied().collect();
        let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        keep_reached(streets, &mut laid, feeders);
        prune(streets, &mut laid, &stays);
        for &piece in &laid {
            for end in streets.pieces[piece].ends {
                at.entry(end).or_default().push(piece);
            }
        }
        self.join(streets, &at, &stays, rng);
    }

    /// Makes one pipe of each run of pieces between crossings where something happens.
    fn join(&mut self, streets: &Streets, at: &BTreeMap<usize, Vec<usize>>, stays: &BTreeSet<usize>, rng: &mut StdRng) {
        let is_end = |c: usize| stays.contains(&c) || at[&c].len() != 2;
        for &crossing in at.keys().filter(|c| is_end(**c)) {
            let joint = self.joint(streets.crossings[crossing]);
            self.at_crossing.insert(crossing, joint);
        }
        let mut done: BTreeSet<usize> = BTreeSet::new();
        for (&start, pieces) in at.iter().filter(|(c, _)| is_end(**c)) {
            for &first in pieces {
                let (mut crossing, mut piece, mut between) = (start, first, Vec::new());
                let mut narrow = true;
                while done.insert(piece) {
                    narrow &= streets.pieces[piece].class < Class::Primary;
                    let [a, b] = streets.pieces[piece].ends;
                    crossing = if a == crossing { b } else { a };
                    if is_end(crossing) {
                        break;
                    }
                    between.push(streets.crossings[crossing]);
                    let Some(&next) = at[&crossing].iter().find(|p| **p != piece) else { break };
                    piece = next;
                }
                if crossing != start && is_end(crossing) {
                    let (from, to) = (self.at_crossing[&start], self.at_crossing[&crossing]);
                    self.main(from, to, &between, if narrow { BRANCH } else { MAIN }, rng);
                }
            }
        }
    }

    /// A main, in two parts with a valve between where it is long.
    fn main(&mut self, from: usize, to: usize, between: &[Xy], make: Make, rng: &mut StdRng) {
        let length = distance(self.places[from], self.places[to]);
        if length < VALVE_FROM_M || rng.random_bool(0.35) {
            self.pipe(from, to, between, make);
            return;
        }
        let half = between.len() / 2;
        let (before, at, after) = match between.get(half) {
            Some(&at) => (&between[..half], at, &between[half + 1..]),
            None => (between, middle(self.places[from], self.places[to]), between),
        };
        let valve = self.valve(at);
        // one in twenty is under asphalt or seized
        self.network.nodes[valve].operable = !rng.random_bool(0.05);
        self.pipe(from, valve, before, make);
        self.pipe(valve, to, after, make);
    }

    /// A new valve.
    pub(super) fn valve(&mut self, at: Xy) -> usize {
        self.valves.push(self.places.len());
        self.node(format!("v-{:04}", self.valves.len()), NodeKind::Valve, at)
    }

    /// A station beside the main at a crossing, on its own service pipe.
    pub(super) fn station(&mut self, id: String, kind: NodeKind, crossing: usize, rng: &mut StdRng) -> Option<usize> {
        let main = *self.at_crossing.get(&crossing)?;
        let direction = rng.random_range(0.0..std::f64::consts::TAU);
        let at = offset(self.places[main], rng.random_range(35.0..70.0), direction);
        let node = self.node(id, kind, at);
        self.pipe(main, node, &[], if kind == NodeKind::Source { FEEDER } else { SERVICE });
        Some(node)
    }

    /// A high-to-medium station that feeds the main at a crossing.
    pub(super) fn feeder(&mut self, id: String, crossing: usize) -> Option<usize> {
        let main = *self.at_crossing.get(&crossing)?;
        let node = self.node(id, NodeKind::Regulator, offset(self.places[main], 60.0, 0.8));
        self.pipe(node, main, &[], FEEDER);
        Some(node)
    }
}

/// Drops pieces that cannot be reached from the feeders.
fn keep_reached(streets: &Streets, laid: &mut BTreeSet<usize>, feeders: &[usize]) {
    let mut reached: BTreeSet<usize> = feeders.iter().copied().collect();
    let mut open: Vec<usize> = feeders.to_vec();
    while let Some(crossing) = open.pop() {
        for (other, piece) in streets.neighbours(crossing) {
            if laid.contains(&piece) && reached.insert(other) {
                open.push(other);
            }
        }
    }
    laid.retain(|p| reached.contains(&streets.pieces[*p].ends[0]));
}

/// Drops dead ends where nobody takes gas.
fn prune(streets: &Streets, laid: &mut BTreeSet<usize>, stays: &BTreeSet<usize>) {
    loop {
        let mut degree: BTreeMap<usize, usize> = BTreeMap::new();
        for piece in laid.iter() {
            for end in streets.pieces[*piece].ends {
                *degree.entry(end).or_default() += 1;
            }
        }
        let before = laid.len();
        laid.retain(|p| streets.pieces[*p].ends.iter().all(|e| degree[e] > 1 || stays.contains(e)));
        if laid.len() == before {
            return;
        }
    }
}
