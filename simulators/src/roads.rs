//! The road graph and the quickest way on it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use linepack_core::LonLat;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use crate::plant::{Direction, Road};

/// Speed where no road is, km/h.
const OFF_ROAD_KMH: f64 = 25.0;

/// One stretch of a drive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// Where it ends.
    pub to: LonLat,
    /// Its length, m.
    pub length_m: f64,
    /// Time it takes, s.
    pub seconds: f64,
}

#[derive(Clone, Copy, Debug)]
struct Arc {
    to: usize,
    length_m: f64,
    seconds: f64,
}

/// Roads joined where they share a vertex.
#[derive(Clone, Debug, Default)]
pub struct RoadGraph {
    nodes: Vec<LonLat>,
    arcs: Vec<Vec<Arc>>,
    index: RTree<GeomWithData<[f64; 3], usize>>,
}

impl RoadGraph {
    /// Joins the roads; vertices within a millionth of a degree are the same.
    pub fn new(roads: &[Road]) -> Self {
        let mut graph = Self::default();
        let mut known: HashMap<(i64, i64), usize> = HashMap::new();
        for road in roads {
            let speed = road.speed_kmh.max(1.0) / 3.6;
            let mut last: Option<usize> = None;
            for &place in &road.path {
                let key = ((place.lon * 1e6).round() as i64, (place.lat * 1e6).round() as i64);
                let node = *known.entry(key).or_insert_with(|| {
                    graph.nodes.push(place);
                    graph.arcs.push(Vec::new());
                    graph.nodes.len() - 1
                });
                if let Some(last) = last.filter(|l| *l != node) {
                    let length_m = graph.nodes[last].distance_m(place);
                    let arc = |to| Arc { to, length_m, seconds: length_m / speed };
                    if road.direction != Direction::Backward {
                        graph.arcs[last].push(arc(node));
                    }
                    if road.direction != Direction::Forward {
                        graph.arcs[node].push(arc(last));
                    }
                }
                last = Some(node);
            }
        }
        let places = graph.nodes.iter().enumerate();
        graph.index = RTree::bulk_load(places.map(|(i, p)| GeomWithData::new(p.unit_vector(), i)).collect());
        graph
    }

    /// The vertices.
    pub fn nodes(&self) -> &[LonLat] {
        &self.nodes
    }

    /// The vertex nearest to a place.
    pub fn nearest(&self, place: LonLat) -> Option<usize> {
        self.index.nearest_neighbor(&place.unit_vector()).map(|n| n.data)
    }

    /// The quickest drive; straight where there are no roads or none leads there.
    pub fn drive(&self, from: LonLat, to: LonLat) -> Vec<Leg> {
        let straight = |a: LonLat, b: LonLat| {
            let length_m = a.distance_m(b);
            Leg { to: b, length_m, seconds: length_m / (OFF_ROAD_KMH / 3.6) }
        };
        let ends = self.nearest(from).zip(self.nearest(to));
        let Some(way) = ends.and_then(|(a, b)| Some((a, self.quickest(a, b)?))) else {
            return vec![straight(from, to)];
        };
        let mut legs = vec![straight(from, self.nodes[way.0])];
        legs.extend(way.1);
        let last = legs.last().map_or(from, |l| l.to);
        legs.push(straight(last, to));
        legs.retain(|l| l.length_m > 0.01);
        legs
    }

    /// A* by time; the straight line at the top speed of any road is the bound.
    fn quickest(&self, from: usize, to: usize) -> Option<Vec<Leg>> {
        const TOP_MPS: f64 = 130.0 / 3.6;
        let bound = |n: usize| (self.nodes[n].distance_m(self.nodes[to]) / TOP_MPS * 1e3) as u64;
        let mut best = vec![f64::INFINITY; self.nodes.len()];
        let mut came: Vec<Option<(usize, Arc)>> = vec![None; self.nodes.len()];
        let mut queue = BinaryHeap::from([Reverse((bound(from), from))]);
        best[from] = 0.0;
        while let Some(Reverse((_, node))) = queue.pop() {
            if node == to {
                break;
            }
            for arc in &self.arcs[node] {
                let seconds = best[node] + arc.seconds;
                if seconds < best[arc.to] {
                    best[arc.to] = seconds;
                    came[arc.to] = Some((node, *arc));
                    queue.push(Reverse(((seconds * 1e3) as u64 + bound(arc.to), arc.to)));
                }
            }
        }
        let mut legs = Vec::new();
        let mut node = to;
        while node != from {
            let (before, arc) = came[node]?;
            legs.push(Leg { to: self.nodes[arc.to], length_m: arc.length_m, seconds: arc.seconds });
            node = before;
        }
        legs.reverse();
        Some(legs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat { lon, lat }
    }

    fn road(path: &[LonLat], speed_kmh: f64, direction: Direction) -> Road {
        Road { path: path.to_vec(), speed_kmh, direction }
    }

    #[test]
    fn takes_the_quick_way_and_honours_one_way() {
        let (a, b, c) = (at(106.50, 29.50), at(106.52, 29.50), at(106.51, 29.51));
        let roads = [road(&[a, b], 10.0, Direction::Both), road(&[a, c, b], 100.0, Direction::Forward)];
        let graph = RoadGraph::new(&roads);
        assert_eq!(graph.drive(a, b).iter().map(|l| l.to).collect::<Vec<_>>(), [c, b]);
        assert_eq!(graph.drive(b, a).iter().map(|l| l.to).collect::<Vec<_>>(), [a]);
    }

    #[test]
    fn without_roads_it_goes_straight() {
        let (a, b) = (at(106.50, 29.50), at(106.52, 29.50));
        let legs = RoadGraph::new(&[]).drive(a, b);
        assert_eq!(legs.len(), 1);
        assert_eq!(legs[0].to, b);
    }
}
