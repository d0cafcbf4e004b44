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

/// Millions of delays, microseconds, to 0.2 %.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

/// Values below this have a bucket each; above, each doubling has half as many.
const EXACT: u64 = 1024;

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; 32 * 1024], count: 0, max: 0 }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, us: u64) {
        let shift = (us / EXACT).checked_ilog2().map_or(0, |n| u64::from(n) + 1);
        let at = if shift == 0 { us } else { shift * (EXACT / 2) + (us >> shift) };
        let last = self.buckets.len() - 1;
        self.buckets[usize::try_from(at).unwrap_or(last).min(last)] += 1;
        self.count += 1;
        self.max = self.max.max(us);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(a, b)| *a += b);
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The delay below which `share` of all lie, milliseconds.
    pub(crate) fn ms(&self, share: f64) -> f64 {
        let wanted = (self.count as f64 * share) as u64;
        let mut below = 0;
        for (at, n) in self.buckets.iter().enumerate() {
            below += n;
            if below > wanted {
                let at = at as u64;
                let shift = if at < EXACT { 0 } else { at / (EXACT / 2) - 1 };
                let us = if shift == 0 { at } else { (at - shift * (EXACT / 2)) << shift };
                return us as f64 / 1000.0;
            }
        }
        self.max as f64 / 1000.0
    }

    pub(crate) fn max_ms(&self) -> f64 {
        self.max as f64 / 1000.0
    }
}

/// Microseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "the load is stamped by the machine's clock")]
pub(crate) fn now_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_micros()).expect("before 586,000 AD")
}

/// Two digits are enough for a figure that is read by people.
pub(crate) fn round(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
