//! One pressure zone: pipes between two pressure controls, solved for its squares of pressure.

/// Below this flow (m³/h) the friction law is taken as linear, so that still pipes have a finite resistance.
const SLOW: f64 = 2.0;
/// Vertices balance when the norm of what is left over falls below this share of the norm of what is taken.
const BALANCED: f64 = 2e-4;
/// Exponent of the Renouard formula.
const EXPONENT: f64 = 1.82;

/// A pipe between two vertices of the zone.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) a: usize,
    pub(super) b: usize,
    /// p_a² − p_b² = k · |q|^0.82 · q, in kPa² and m³/h.
    pub(super) k: f64,
    /// From a to b, m³/h.
    pub(super) q: f64,
}

/// Vertices with absolute pressures squared, and what they take.
#[derive(Clone, Debug, Default)]
pub(super) struct Zone {
    /// kPa² absolute.
    pub(super) square: Vec<f64>,
    /// Held at its pressure by a source or a regulator.
    pub(super) held: Vec<bool>,
    /// Taken out here, m³/h.
    pub(super) demand: Vec<f64>,
    pub(super) edges: Vec<Edge>,
    scratch: Scratch,
}

#[derive(Clone, Debug, Default)]
struct Scratch {
    conductance: Vec<f64>,
    diagonal: Vec<f64>,
    residual: Vec<f64>,
    direction: Vec<f64>,
    image: Vec<f64>,
}

/// Renouard's coefficient for natural gas (relative density 0.6) at medium pressure.
pub(super) fn renouard(length_m: f64, diameter_mm: f64) -> f64 {
    48.6 * 0.6 * length_m.max(1.0) * diameter_mm.max(15.0).powf(-4.82) * 1e4
}

impl Zone {
    /// Something in it holds the pressure.
    pub(super) fn fed(&self) -> bool {
        self.held.iter().any(|h| *h)
    }

    /// Newton steps from where it stands; a few suffice while demand changes slowly.
    pub(super) fn solve(&mut self, steps: usize) {
        if !self.fed() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        for _ in 0..steps {
            scratch.conductance.clear();
            scratch
                .conductance
                .extend(self.edges.iter().map(|e| 1.0 / (e.k * e.q.abs().max(SLOW).powf(EXPONENT - 1.0))));
            self.pressures(&mut scratch);
            for (edge, c) in self.edges.iter_mut().zip(&scratch.conductance) {
                let linear = c * (self.square[edge.a] - self.square[edge.b]);
                let weight = if edge.q.abs() < SLOW { 1.0 } else { 1.0 / EXPONENT };
                edge.q += (linear - edge.q) * weight;
            }
        }
        self.scratch = scratch;
    }

    /// Conjugate gradients on the Laplacian of the free vertices, Jacobi preconditioned, warm start.
    fn pressures(&mut self, s: &mut Scratch) {
        let n = self.square.len();
        for v in [&mut s.diagonal, &mut s.residual, &mut s.direction, &mut s.image] {
            v.clear();
            v.resize(n, 0.0);
        }
        for (i, demand) in self.demand.iter().enumerate() {
            s.residual[i] = -demand;
        }
        for (edge, c) in self.edges.iter().zip(&s.conductance) {
            let flow = c * (self.square[edge.a] - self.square[edge.b]);
            s.residual[edge.a] -= flow;
            s.residual[edge.b] += flow;
            s.diagonal[edge.a] += c;
            s.diagonal[edge.b] += c;
        }
        for i in 0..n {
            if self.held[i] || s.diagonal[i] == 0.0 {
                s.residual[i] = 0.0;
                s.diagonal[i] = 1.0;
            }
        }
        let mut rho = 0.0;
        for i in 0..n {
            s.direction[i] = s.residual[i] / s.diagonal[i];
            rho += s.residual[i] * s.direction[i];
        }
        let taken: f64 = self.demand.iter().map(|d| d * d).sum();
        let enough = (BALANCED * taken.sqrt()).max(0.01).powi(2);
        for _ in 0..2 * n + 20 {
            if s.residual.iter().map(|r| r * r).sum::<f64>() <= enough {
                break;
            }
            s.image.fill(0.0);
            for (edge, c) in self.edges.iter().zip(&s.conductance) {
                let flow = c * (s.direction[edge.a] - s.direction[edge.b]);
                s.image[edge.a] += flow;
                s.image[edge.b] -= flow;
            }
            let mut curvature = 0.0;
            for i in 0..n {
                if self.held[i] {
                    s.image[i] = 0.0;
                }
                curvature += s.direction[i] * s.image[i];
            }
            if curvature <= 0.0 {
                break;
            }
            let step = rho / curvature;
            let mut next = 0.0;
            for i in 0..n {
                self.square[i] += step * s.direction[i];
                s.residual[i] -= step * s.image[i];
                if self.held[i] {
                    s.residual[i] = 0.0;
                }
                next += s.residual[i] * s.residual[i] / s.diagonal[i];
            }
            let beta = next / rho;
            rho = next;
            for i in 0..n {
                s.direction[i] = s.residual[i] / s.diagonal[i] + beta * s.direction[i];
            }
        }
    }

    /// Gauge pressure of a vertex, kPa; never below zero, whatever is demanded.
    pub(super) fn gauge_kpa(&self, vertex: usize) -> f64 {
        (self.square[vertex].max(0.0).sqrt() - ATMOSPHERE_KPA).max(0.0)
    }

    /// What a held vertex feeds into the zone, m³/h.
    pub(super) fn supplied(&self, vertex: usize) -> f64 {
        let out: f64 = self
            .edges
            .iter()
            .map(|e| {
                if e.a == vertex {
                    e.q
                } else if e.b == vertex {
                    -e.q
                } else {
                    0.0
                }
            })
            .sum();
        out + self.demand[vertex]
    }
}

/// Standard atmosphere, kPa.
pub(super) const ATMOSPHERE_KPA: f64 = 101.325;

/// Absolute square of a gauge pressure.
pub(super) fn square(gauge_kpa: f64) -> f64 {
    (gauge_kpa + ATMOSPHERE_KPA).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop of four vertices fed at 0, with a tail.
    fn looped(demand: [f64; 5]) -> Zone {
        let k = renouard(1000.0, 200.0);
        let edge = |a, b| Edge { a, b, k, q: 0.0 };
        let mut zone = Zone {
            square: vec![square(400.0); 5],
            held: vec![true, false, false, false, false],
            demand: demand.to_vec(),
            edges: vec![edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 0), edge(2, 4)],
            scratch: Scratch::default(),
        };
        zone.solve(40);
        zone
    }

    #[test]
    fn balances_every_vertex_and_obeys_the_law() {
        let zone = looped([0.0, 500.0, 800.0, 0.0, 300.0]);
        for v in 1..5 {
            assert!(zone.supplied(v).abs() < 0.5, "vertex {v}: {}", zone.supplied(v));
        }
        assert!((zone.supplied(0) - 1600.0).abs() < 1.0);
        for e in &zone.edges {
            let drop = e.k * e.q.abs().powf(0.82) * e.q;
            assert!((zone.square[e.a] - zone.square[e.b] - drop).abs() < 1.0, "{e:?}");
        }
    }

    #[test]
    fn more_demand_means_less_pressure() {
        let (little, much) = (looped([0.0, 0.0, 200.0, 0.0, 0.0]), looped([0.0, 0.0, 6000.0, 0.0, 0.0]));
        assert!(much.gauge_kpa(2) < little.gauge_kpa(2) - 5.0);
        assert!((much.gauge_kpa(1) - much.gauge_kpa(3)).abs() < 0.01, "both ways round are alike");
    }

    #[test]
    fn overload_stays_finite() {
        let zone = looped([0.0, 1e6, 1e6, 1e6, 1e6]);
        assert!((0..5).all(|v| zone.gauge_kpa(v).is_finite()));
    }
}
