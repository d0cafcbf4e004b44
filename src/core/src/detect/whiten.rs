//! Principal components of several signals: how far a sample lies within what is usual together, and how far beside it.

use super::model::Model;

/// Share of the variance the components explain.
const EXPLAINED: f64 = 0.85;
/// Sweeps of the Jacobi method; a symmetric matrix of 64 converges in below 10.
const SWEEPS: usize = 30;
/// The least variance a weak component counts with: what a little rounding or another sensor's scale makes of it.
const WEAK: f64 = 0.06;
/// Blocks of the learning time, and how much of what they vary by is added to the variance of a signal: a straight drift
/// over the learning time goes on for three times as long within three standard deviations.
const BLOCKS: f64 = 8.0;
const DRIFT: f64 = 20.0;
/// Rounds over the missing signals.
const FILLS: usize = 4;
/// The least variance a component is divided by, of a variance of 1 a signal.
const LEAST: f64 = 1e-6;

/// Correlations while learning, components once fitted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Whiten {
    inputs: usize,
    n: f64,
    mean: Vec<f64>,
    /// Sums of products of deviations, row by row; once fitted, components row by row, the strongest first.
    matrix: Vec<f64>,
    /// Of blocks of the learning time: count and sums of the present one, number, means and square sums of the past ones.
    block: usize,
    block_n: f64,
    block_sum: Vec<f64>,
    blocks: f64,
    block_mean: Vec<f64>,
    block_square: Vec<f64>,
    /// Once fitted: standard deviations of the signals, variances of the components, and how many of them explain.
    sigma: Vec<f64>,
    variance: Vec<f64>,
    strong: usize,
}

impl Whiten {
    fn new(inputs: usize) -> Self {
        Self {
            inputs,
            n: 0.0,
            mean: vec![0.0; inputs],
            matrix: vec![0.0; inputs * inputs],
            block: 0,
            block_n: 0.0,
            block_sum: vec![0.0; inputs],
            blocks: 0.0,
            block_mean: vec![0.0; inputs],
            block_square: vec![0.0; inputs],
            sigma: vec![0.0; inputs],
            variance: vec![0.0; inputs],
            strong: 0,
        }
    }

    pub(super) fn is_fitted(&self) -> bool {
        self.strong > 0
    }

    pub(super) fn samples(&self) -> f64 {
        self.n
    }

    /// Welford's sums of a vector. `progress`: 0 at the start of the learning, 1 at its end.
    pub(super) fn learn(&mut self, x: &[f64], progress: f64) {
        let block = (progress * BLOCKS) as usize;
        if block != self.block {
            self.close_block();
            self.block = block;
        }
        self.block_n += 1.0;
        for (sum, x) in self.block_sum.iter_mut().zip(x) {
            *sum += x;
        }
        self.n += 1.0;
        let share = (self.n - 1.0) / self.n;
        for ((row, a), mean_a) in self.matrix.chunks_exact_mut(self.inputs).zip(x).zip(&self.mean) {
            for ((cell, b), mean_b) in row.iter_mut().zip(x).zip(&self.mean) {
                *cell += share * (a - mean_a) * (b - mean_b);
            }
        }
        for (mean, x) in self.mean.iter_mut().zip(x) {
            *mean += (x - *mean) / self.n;
        }
    }

    fn close_block(&mut self) {
        if self.block_n > 0.0 {
            self.blocks += 1.0;
            for ((sum, mean), square) in self.block_sum.iter_mut().zip(&mut self.block_mean).zip(&mut self.block_square)
            {
                let x = *sum / self.block_n;
                let off = x - *mean;
                *mean += off / self.blocks;
                *square += off * (x - *mean);
                *sum = 0.0;
            }
            self.block_n = 0.0;
        }
    }

    /// What the means of blocks vary by beyond chance: a signal that drifts while learning will go on to drift.
    fn drift(&self, place: usize, variance: f64) -> f64 {
        let between = self.block_square.get(place).copied().unwrap_or(0.0) / self.blocks.max(1.0);
        (between - variance * self.blocks / self.n.max(1.0)).max(0.0)
    }

    /// Ends the learning.
    pub(super) fn fit(&mut self) {
        self.close_block();
        let d = self.inputs;
        let at = |m: &[f64], i: usize, j: usize| m.get(i * d + j).copied().unwrap_or(0.0);
        let drifts: Vec<f64> =
            (0..d).map(|place| self.drift(place, at(&self.matrix, place, place) / self.n.max(1.0))).collect();
        for (place, (sigma, drift)) in self.sigma.iter_mut().zip(drifts).enumerate() {
            let variance = at(&self.matrix, place, place) / self.n.max(1.0) + DRIFT * drift;
            let mean = self.mean.get(place).copied().unwrap_or(0.0);
            // a signal that stood still while learning may move by a thousandth of itself
            *sigma = variance.max(0.0).sqrt().max(1e-3 * mean.abs()).max(1e-9);
        }
        let mut correlation = vec![0.0; d * d];
        for (i, row) in correlation.chunks_exact_mut(d).enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                let both = self.sigma.get(i).copied().unwrap_or(1.0) * self.sigma.get(j).copied().unwrap_or(1.0);
                // what was added to the variance is the signal's own
                *cell = if i == j { 1.0 } else { at(&self.matrix, i, j) / self.n.max(1.0) / both };
            }
        }
        let (values, vectors) = jacobi(correlation, d);
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&a, &b| {
            let of = |i: usize| values.get(i).copied().unwrap_or(0.0);
            of(b).total_cmp(&of(a))
        });
        self.block = 0;
        self.blocks = 0.0;
        for rest in [&mut self.block_sum, &mut self.block_mean, &mut self.block_square] {
            rest.fill(0.0);
        }
        let total: f64 = values.iter().map(|v| v.max(0.0)).sum();
        let mut explained = 0.0;
        self.strong = 0;
        for ((row, variance), &from) in self.matrix.chunks_exact_mut(d).zip(&mut self.variance).zip(&order) {
            *variance = values.get(from).copied().unwrap_or(0.0).max(LEAST);
            for (k, cell) in row.iter_mut().enumerate() {
                *cell = at(&vectors, k, from);
            }
            if explained < EXPLAINED * total || self.strong == 0 {
                self.strong += 1;
            }
            explained += *variance;
        }
    }

    /// Turns a sample into standard scores; what is missing becomes its mean, see [`fill`](Self::fill).
    pub(super) fn standard(&self, x: &mut [f64]) {
        for ((x, mean), sigma) in x.iter_mut().zip(&self.mean).zip(&self.sigma) {
            let z = (*x - mean) / sigma;
            *x = if z.is_finite() { z.clamp(-1e6, 1e6) } else { 0.0 };
        }
    }

    /// Puts what the others lead to expect in the place of what is missing (its bit is set), so that it fits.
    pub(super) fn fill(&self, z: &mut [f64], lost: u64) {
        for _ in 0..FILLS {
            for place in (0..z.len()).filter(|place| lost >> place & 1 == 1) {
                // least distance from what is usual, one missing signal at a time
                let (mut slope, mut curve) = (0.0, 0.0);
                for (component, (row, variance)) in
                    self.matrix.chunks_exact(self.inputs).zip(&self.variance).enumerate()
                {
                    let variance = if component < self.strong { *variance } else { variance.max(WEAK) };
                    let score: f64 = row.iter().zip(z.iter()).map(|(a, b)| a * b).sum();
                    let part = row.get(place).copied().unwrap_or(0.0);
                    slope += part * score / variance;
                    curve += part * part / variance;
                }
                if let Some(z) = z.get_mut(place).filter(|_| curve > 0.0) {
                    *z -= slope / curve;
                }
            }
        }
    }

    /// Root mean squares within the strong components, within the weak ones, and of what the strong ones leave.
    pub(super) fn distances(&self, z: &[f64]) -> [f64; 3] {
        let (mut within, mut weak, mut beside) = (0.0, 0.0, 0.0);
        for (place, (row, variance)) in self.matrix.chunks_exact(self.inputs).zip(&self.variance).enumerate() {
            let score: f64 = row.iter().zip(z).map(|(a, b)| a * b).sum();
            if place < self.strong {
                within += score * score / variance;
            } else {
                beside += score * score;
                weak += score * score / variance.max(WEAK);
            }
        }
        let rest = self.inputs.saturating_sub(self.strong).max(1) as f64;
        [(within / self.strong.max(1) as f64).sqrt(), (weak / rest).sqrt(), beside.sqrt()]
    }

    pub(super) fn save(&self, model: &mut Model) {
        model.put("vectors", self.n);
        model.put("components", self.strong as f64);
        let mut row = |name: &str, values: &[f64]| {
            model.profiles.insert(name.into(), values.to_vec());
        };
        row("means", &self.mean);
        row("matrix", &self.matrix);
        row("sigmas", &self.sigma);
        row("variances", &self.variance);
        if !self.is_fitted() {
            row("block.sums", &self.block_sum);
            row("block.means", &self.block_mean);
            row("block.squares", &self.block_square);
            model.put("block", self.block as f64);
            model.put("block.n", self.block_n);
            model.put("blocks", self.blocks);
        }
    }

    pub(super) fn load(inputs: usize, model: &Model) -> Self {
        let row = |name: &str, length: usize| model.row(name, length).map(<[f64]>::to_vec);
        let parts =
            (row("means", inputs), row("matrix", inputs * inputs), row("sigmas", inputs), row("variances", inputs));
        let (Some(mean), Some(matrix), Some(sigma), Some(variance)) = parts else { return Self::new(inputs) };
        let strong = (model.or("components", 0.0).max(0.0) as usize).min(inputs);
        let or_none = |name: &str| row(name, inputs).unwrap_or_else(|| vec![0.0; inputs]);
        Self {
            inputs,
            n: model.or("vectors", 0.0).max(0.0),
            mean,
            matrix,
            block: model.or("block", 0.0).max(0.0) as usize,
            block_n: model.or("block.n", 0.0).max(0.0),
            block_sum: or_none("block.sums"),
            blocks: model.or("blocks", 0.0).max(0.0),
            block_mean: or_none("block.means"),
            block_square: or_none("block.squares"),
            sigma,
            variance,
            strong,
        }
    }
}

/// Eigenvalues and eigenvectors (in columns) of a symmetric matrix, by rotations.
fn jacobi(mut a: Vec<f64>, d: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v = vec![0.0; d * d];
    for i in 0..d {
        set(&mut v, i * d + i, 1.0);
    }
    for _ in 0..SWEEPS {
        let mut off = 0.0;
        for p in 0..d {
            for q in p + 1..d {
                let apq = get(&a, p * d + q);
                off += apq * apq;
                if apq.abs() < 1e-15 {
                    continue;
                }
                let theta = (get(&a, q * d + q) - get(&a, p * d + p)) / (2.0 * apq);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..d {
                    let (x, y) = (get(&a, k * d + p), get(&a, k * d + q));
                    set(&mut a, k * d + p, c * x - s * y);
                    set(&mut a, k * d + q, s * x + c * y);
                }
                for k in 0..d {
                    let (x, y) = (get(&a, p * d + k), get(&a, q * d + k));
                    set(&mut a, p * d + k, c * x - s * y);
                    set(&mut a, q * d + k, s * x + c * y);
                }
                for k in 0..d {
                    let (x, y) = (get(&v, k * d + p), get(&v, k * d + q));
                    set(&mut v, k * d + p, c * x - s * y);
                    set(&mut v, k * d + q, s * x + c * y);
                }
            }
        }
        if off < 1e-18 {
            break;
        }
    }
    ((0..d).map(|i| get(&a, i * d + i)).collect(), v)
}

fn get(m: &[f64], at: usize) -> f64 {
    m.get(at).copied().unwrap_or(0.0)
}

fn set(m: &mut [f64], at: usize, x: f64) {
    if let Some(cell) = m.get_mut(at) {
        *cell = x;
    }
}
