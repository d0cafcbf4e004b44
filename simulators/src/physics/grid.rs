//! The pipe graph cut into pressure zones at its regulators, solved from the customers up to the sources.

use std::collections::{BTreeMap, HashMap};

use linepack_core::registry::{Network, NodeKind};

use super::zone::{Edge, Zone, renouard, square};

/// Place in the grid: zone and vertex.
type At = (usize, usize);

/// Nominal gauge pressures of the usual classes, kPa.
fn nominal_kpa(class: &str) -> f64 {
    match class {
        "high" => 2500.0,
        "low" => 100.0,
        _ => 400.0,
    }
}

/// A regulator between two zones.
#[derive(Clone, Debug)]
struct Regulator {
    inlet: At,
    outlet: At,
    /// Gauge pressure it holds, kPa.
    setpoint: f64,
    /// Failure: added to the set-point, kPa.
    excess: f64,
    /// Nothing goes through.
    closed: bool,
}

/// All zones, low ones first.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    zones: Vec<Zone>,
    /// Gauge pressure the zone is made for, kPa.
    nominal: Vec<f64>,
    /// Zones in the order of solving.
    order: Vec<usize>,
    regulators: Vec<Regulator>,
    /// Node → its regulator.
    regulator_at: HashMap<usize, usize>,
    /// Zone → the regulators that feed it.
    feeds: Vec<Vec<usize>>,
    /// Node → where it is; for a regulator its inlet.
    places: Vec<Option<At>>,
    /// What the node itself takes, m³/h.
    demand: Vec<f64>,
    /// What escapes there, m³/h.
    leaks: Vec<f64>,
}

impl Grid {
    /// Cuts the network into zones. Nodes without pipes are in none.
    pub fn new(network: &Network) -> Self {
        let mut cut = Cut::new(network);
        for pipe in &network.pipes {
            let (a, b) = (pipe.from as usize, pipe.to as usize);
            if a < network.nodes.len() && b < network.nodes.len() {
                let a = cut.vertex(a, &pipe.pressure_class);
                let b = cut.vertex(b, &pipe.pressure_class);
                cut.pipes.push((a, b, renouard(pipe.length_m, pipe.diameter_mm)));
            }
        }
        cut.into_grid()
    }

    /// Sets what a node takes, m³/h; for a regulator it counts at its inlet.
    pub fn set_demand(&mut self, node: usize, m3_h: f64) {
        if let Some(demand) = self.demand.get_mut(node) {
            *demand = m3_h.max(0.0);
        }
    }

    /// Sets what escapes at a node, m³/h.
    pub fn set_leak(&mut self, node: usize, m3_h: f64) {
        if let Some(leak) = self.leaks.get_mut(node) {
            *leak = m3_h.max(0.0);
        }
    }

    /// Lets a regulator hold this much more than it should, kPa; 0 is sound.
    pub fn set_excess(&mut self, node: usize, kpa: f64) {
        if let Some(&at) = self.regulator_at.get(&node) {
            self.regulators[at].excess = kpa;
        }
    }

    /// Gauge pressure a regulator is told to hold, kPa.
    pub fn setpoint(&self, node: usize) -> Option<f64> {
        Some(self.regulators[*self.regulator_at.get(&node)?].setpoint)
    }

    /// Tells a regulator what to hold, kPa.
    pub fn set_setpoint(&mut self, node: usize, kpa: f64) {
        if let Some(&at) = self.regulator_at.get(&node) {
            self.regulators[at].setpoint = kpa;
        }
    }

    /// Whether a regulator's valve is open.
    pub fn is_open(&self, node: usize) -> Option<bool> {
        Some(!self.regulators[*self.regulator_at.get(&node)?].closed)
    }

    /// Opens or closes a regulator's valve.
    pub fn set_open(&mut self, node: usize, open: bool) {
        if let Some(&at) = self.regulator_at.get(&node) {
            self.regulators[at].closed = !open;
        }
    }

    /// One step of the whole grid: every zone from the customers to the sources.
    pub fn step(&mut self, newton_steps: usize) {
        for zone in &mut self.zones {
            zone.demand.fill(0.0);
        }
        for (place, taken) in self.places.iter().zip(self.demand.iter().zip(&self.leaks)) {
            if let Some((zone, vertex)) = *place {
                self.zones[zone].demand[vertex] += taken.0 + taken.1;
            }
        }
        for regulator in &self.regulators {
            let inlet = self.zones[regulator.inlet.0].gauge_kpa(regulator.inlet.1);
            let (zone, vertex) = regulator.outlet;
            // a regulator cannot give more than it gets; the little it loses even when wide open
            self.zones[zone].held[vertex] = !regulator.closed;
            if !regulator.closed {
                self.zones[zone].square[vertex] = square((regulator.setpoint + regulator.excess).min(inlet * 0.98));
            }
        }
        for (zone, vertex) in self.regulators.iter().filter(|r| r.closed).map(|r| r.outlet) {
            // what nothing feeds is emptied by its customers
            if !self.zones[zone].fed() {
                self.zones[zone].held[vertex] = true;
                self.zones[zone].square[vertex] = square(0.0);
            }
        }
        for at in 0..self.order.len() {
            let zone = self.order[at];
            self.zones[zone].solve(newton_steps);
            for regulator in self.feeds[zone].iter().map(|&r| &self.regulators[r]).filter(|r| !r.closed) {
                let flow = self.zones[zone].supplied(regulator.outlet.1).max(0.0);
                let (up, vertex) = regulator.inlet;
                self.zones[up].demand[vertex] += flow;
            }
        }
    }

    /// Gauge pressure at a node, kPa (a regulator's inlet); nothing where no pipe or no source is.
    pub fn pressure(&self, node: usize) -> Option<f64> {
        let (zone, vertex) = (*self.places.get(node)?)?;
        self.zones[zone].fed().then(|| self.zones[zone].gauge_kpa(vertex))
    }

    /// Gauge pressure behind a regulator, kPa.
    pub fn outlet_pressure(&self, node: usize) -> Option<f64> {
        let (zone, vertex) = self.regulators[*self.regulator_at.get(&node)?].outlet;
        Some(self.zones[zone].gauge_kpa(vertex))
    }

    /// Through a regulator, out of a source, or taken at another node, m³/h.
    pub fn flow(&self, node: usize) -> Option<f64> {
        if let Some(&at) = self.regulator_at.get(&node) {
            let (zone, vertex) = self.regulators[at].outlet;
            if self.regulators[at].closed {
                return Some(0.0);
            }
            return Some(self.zones[zone].supplied(vertex).max(0.0));
        }
        let (zone, vertex) = (*self.places.get(node)?)?;
        let zone = &self.zones[zone];
        zone.fed().then(|| if zone.held[vertex] { zone.supplied(vertex).max(0.0) } else { self.demand[node] })
    }

    /// The lowest pressure of any fed zone relative to what the zone is made for; 1 is all well.
    pub fn worst(&self) -> f64 {
        let zones = self.zones.iter().zip(&self.nominal).filter(|(z, _)| z.fed());
        zones.flat_map(|(z, nominal)| (0..z.square.len()).map(move |v| z.gauge_kpa(v) / nominal)).fold(1.0, f64::min)
    }
}

/// Work in progress of [`Grid::new`].
struct Cut<'a> {
    network: &'a Network,
    /// (node, class where the node separates classes, running number where it separates all) → vertex.
    vertices: HashMap<(usize, &'a str, usize), usize>,
    /// Vertex → (node, class of the pipe it was first seen with).
    seen: Vec<(usize, &'a str)>,
    pipes: Vec<(usize, usize, f64)>,
}

impl<'a> Cut<'a> {
    fn new(network: &'a Network) -> Self {
        Self { network, vertices: HashMap::new(), seen: Vec::new(), pipes: Vec::new() }
    }

    /// The vertex of a pipe's end: one a node, but one a class at regulators and one a pipe at closed valves.
    fn vertex(&mut self, node: usize, class: &'a str) -> usize {
        let this = &self.network.nodes[node];
        let key = match this.kind {
            NodeKind::Regulator | NodeKind::Compressor => (node, class, 0),
            NodeKind::Valve if this.closed => (node, "", self.pipes.len() + 1),
            _ => (node, "", 0),
        };
        *self.vertices.entry(key).or_insert_with(|| {
            self.seen.push((node, class));
            self.seen.len() - 1
        })
    }

    fn into_grid(self) -> Grid {
        let (zone_of, zone_count) = components(self.seen.len(), &self.pipes);
        let mut grid = Grid {
            zones: vec![Zone::default(); zone_count],
            nominal: vec![0.0; zone_count],
            feeds: vec![Vec::new(); zone_count],
            places: vec![None; self.network.nodes.len()],
            demand: vec![0.0; self.network.nodes.len()],
            leaks: vec![0.0; self.network.nodes.len()],
            ..Grid::default()
        };
        let mut at: Vec<At> = Vec::with_capacity(self.seen.len());
        for (vertex, &(_, class)) in self.seen.iter().enumerate() {
            let zone = zone_of[vertex];
            grid.nominal[zone] = nominal_kpa(class);
            at.push((zone, grid.zones[zone].held.len()));
            grid.zones[zone].held.push(false);
            grid.zones[zone].demand.push(0.0);
            grid.zones[zone].square.push(square(nominal_kpa(class)));
        }
        for &(a, b, k) in &self.pipes {
            grid.zones[at[a].0].edges.push(Edge { a: at[a].1, b: at[b].1, k, q: 0.0 });
        }
        let mut sides: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (vertex, &(node, _)) in self.seen.iter().enumerate() {
            sides.entry(node).or_default().push(vertex);
        }
        for (node, mut vertices) in sides {
            vertices.sort_by(|&a, &b| nominal_kpa(self.seen[b].1).total_cmp(&nominal_kpa(self.seen[a].1)));
            let inlet = at[vertices[0]];
            grid.places[node] = Some(inlet);
            match self.network.nodes[node].kind {
                NodeKind::Source => grid.zones[inlet.0].held[inlet.1] = true,
                NodeKind::Regulator if vertices.len() > 1 => {
                    let outlet = at[vertices[1]];
                    grid.zones[outlet.0].held[outlet.1] = true;
                    let setpoint = grid.nominal[outlet.0];
                    grid.regulator_at.insert(node, grid.regulators.len());
                    grid.feeds[outlet.0].push(grid.regulators.len());
                    grid.regulators.push(Regulator { inlet, outlet, setpoint, excess: 0.0, closed: false });
                }
                _ => {}
            }
        }
        grid.order = (0..zone_count).collect();
        grid.order.sort_by(|&a, &b| grid.nominal[a].total_cmp(&grid.nominal[b]));
        grid
    }
}

/// Component of every vertex, and how many there are.
fn components(vertices: usize, pipes: &[(usize, usize, f64)]) -> (Vec<usize>, usize) {
    let mut parent: Vec<usize> = (0..vertices).collect();
    fn root(parent: &mut [usize], mut v: usize) -> usize {
        while parent[v] != v {
            parent[v] = parent[parent[v]];
            v = parent[v];
        }
        v
    }
    for &(a, b, _) in pipes {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a] = b;
    }
    let mut number: HashMap<usize, usize> = HashMap::new();
    let mut zone_of = Vec::with_capacity(vertices);
    for v in 0..vertices {
        let root = root(&mut parent, v);
        let next = number.len();
        zone_of.push(*number.entry(root).or_insert(next));
    }
    (zone_of, number.len())
}
