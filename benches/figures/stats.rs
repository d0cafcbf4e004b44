//! Percentiles.

/// Delays in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Delays(pub(crate) Vec<u64>);

impl Delays {
    /// The value below which `share` of the delays lie, milliseconds; lost ones must have been added as `u64::MAX`.
    pub(crate) fn ms(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let at = ((self.0.len() as f64 * share) as usize).min(self.0.len().saturating_sub(1));
        self.0.get(at).map_or(f64::NAN, |us| *us as f64 / 1000.0)
    }
}

/// Microseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "the load is stamped by the machine's clock")]
pub(crate) fn now_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_micros()).expect("before 586,000 AD")
}
