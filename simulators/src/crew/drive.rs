//! A vehicle on its way.

use std::collections::VecDeque;

use linepack_core::LonLat;

use crate::roads::Leg;

/// Where a vehicle is and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Drive {
    position: LonLat,
    legs: VecDeque<Leg>,
}

impl Drive {
    pub(crate) fn parked(position: LonLat) -> Self {
        Self { position, legs: VecDeque::new() }
    }

    pub(crate) fn position(&self) -> LonLat {
        self.position
    }

    pub(crate) fn is_moving(&self) -> bool {
        !self.legs.is_empty()
    }

    /// Sets out; forgets where it was going.
    pub(crate) fn go(&mut self, legs: Vec<Leg>) {
        self.legs = legs.into();
    }

    /// Drives for so many seconds of road time.
    pub(crate) fn advance(&mut self, mut seconds: f64) {
        while let Some(leg) = self.legs.front_mut() {
            if leg.seconds <= seconds {
                seconds -= leg.seconds;
                self.position = leg.to;
                self.legs.pop_front();
                continue;
            }
            let part = seconds / leg.seconds;
            self.position.lon += (leg.to.lon - self.position.lon) * part;
            self.position.lat += (leg.to.lat - self.position.lat) * part;
            leg.length_m *= 1.0 - part;
            leg.seconds -= seconds;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrives_when_the_time_of_its_legs_is_over() {
        let to = |lon, seconds| Leg { to: LonLat { lon, lat: 0.0 }, length_m: 100.0, seconds };
        let mut drive = Drive::parked(LonLat { lon: 0.0, lat: 0.0 });
        drive.go(vec![to(1.0, 10.0), to(3.0, 10.0)]);
        for (seconds, lon) in [(5.0, 0.5), (5.0, 1.0), (5.0, 2.0), (4.0, 2.8)] {
            drive.advance(seconds);
            assert!((drive.position().lon - lon).abs() < 1e-9, "{:?}", drive.position());
            assert!(drive.is_moving());
        }
        drive.advance(60.0);
        assert!(!drive.is_moving());
        assert_eq!(drive.position().lon, 3.0);
    }
}
