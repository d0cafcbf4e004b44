//! Trivial ways to detect, to compare with.

/// Farther than three standard deviations from the mean of the first rows.
pub(super) fn three_sigma(values: &[f64], train: usize) -> Vec<bool> {
    let (mean, sigma) = moments(values.iter().take(train).copied());
    values.iter().map(|v| (v - mean).abs() > 3.0 * sigma).collect()
}

/// The change from the row before is farther than three standard deviations from the usual change of the first rows.
pub(super) fn last_value(values: &[f64], train: usize) -> Vec<bool> {
    let changes: Vec<f64> = std::iter::once(0.0)
        .chain(values.windows(2).map(|pair| pair.iter().rev().copied().reduce(|a, b| a - b).unwrap_or(0.0)))
        .collect();
    let (mean, sigma) = moments(changes.iter().take(train).copied());
    changes.iter().map(|v| (v - mean).abs() > 3.0 * sigma).collect()
}

/// The name and the way.
pub(super) type Baseline = (&'static str, fn(&[f64], usize) -> Vec<bool>);

/// All of them.
pub(super) const ALL: [Baseline; 2] = [("3-sigma", three_sigma), ("last-value z", last_value)];

/// Any column found.
pub(super) fn any(way: fn(&[f64], usize) -> Vec<bool>, columns: &[&[f64]], train: usize) -> Vec<bool> {
    let mut found = vec![false; columns.first().map_or(0, |column| column.len())];
    for column in columns {
        for (all, one) in found.iter_mut().zip(way(column, train)) {
            *all |= one;
        }
    }
    found
}

fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut n, mut mean, mut sum) = (0.0, 0.0, 0.0);
    for v in values.filter(|v| v.is_finite()) {
        n += 1.0;
        let off = v - mean;
        mean += off / n;
        sum += off * (v - mean);
    }
    (mean, (sum / f64::max(n, 1.0)).sqrt())
}
