//! The data: what 1 Hz measurements look like.

use linepack_core::{Delivery, PointId, Quality, Sample, Ts};

/// One sample a period with jitter, steps of 0.1 units, a third unchanged, 1 % out of order, 0.1 % a minute late; no two of a
/// point at the same time.
pub(super) struct Walk {
    begin: i64,
    period: i64,
    state: u64,
    tenths: Vec<i64>,
}

impl Walk {
    /// `begin`, `period`: ms.
    pub(super) fn new(points: u32, begin: i64, period: i64) -> Self {
        Self { begin, period, state: 1, tenths: (0..i64::from(points)).map(|t| 1000 + t % 500).collect() }
    }

    fn random(&mut self, n: u64) -> i64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from((self.state >> 33) % n).expect("small")
    }

    /// A sample of each point.
    pub(super) fn turn(&mut self, number: i64, out: &mut Vec<Sample>) {
        for tag in 0..self.tenths.len() {
            self.tenths[tag] += self.random(3) - 1;
            let late = match self.random(1000) {
                0 => 60_250,
                1..=10 => 2500,
                _ => 0,
            };
            let ts = Ts(self.begin + number * self.period + self.random(5) - late);
            let value = self.tenths[tag] as f64 / 10.0;
            let point = PointId(u32::try_from(tag).expect("few"));
            out.push(Sample { point, ts, received: ts, value, quality: Quality::Good, delivery: Delivery::Live });
        }
    }
}
