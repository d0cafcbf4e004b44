//! Which of several possible sources fits what gas sensors around them see, given the wind: the steady plume of each is
//! held against the readings.

/// A place, metres east and north of the first one, and above ground.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) east: f64,
    pub(super) north: f64,
    pub(super) height: f64,
}

impl Place {
    /// From degrees, near an origin in degrees.
    pub(super) fn of(lon: f64, lat: f64, height: f64, (lon0, lat0): (f64, f64)) -> Self {
        const DEGREE: f64 = 111_320.0;
        let east = (lon - lon0) * DEGREE * lat0.to_radians().cos();
        Self { east, north: (lat - lat0) * DEGREE, height }
    }
}

/// Wind at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wind {
    /// Where it comes from, degrees clockwise from north.
    pub(super) from: f64,
    /// m/s.
    pub(super) speed: f64,
}

/// How a minute's plume widens, across and upwards, a metre of way; and how wide it begins, metres. It meanders.
const ACROSS: f64 = 0.25;
const UP: f64 = 0.12;
const WIDE: f64 = 2.0;
/// Slower winds come from nowhere, m/s.
const CALM: f64 = 0.5;

/// What a unit of gas at a source makes at a sensor; relative.
fn plume(source: Place, sensor: Place, wind: Wind) -> f64 {
    let (sin, cos) = wind.from.to_radians().sin_cos();
    let (east, north) = (sensor.east - source.east, sensor.north - source.north);
    let (along, across) = (-east * sin - north * cos, east * cos - north * sin);
    if along <= 0.0 || !along.is_finite() {
        return 0.0;
    }
    let (wide, high) = (WIDE + ACROSS * along, WIDE + UP * along);
    let bell = |off: f64, sigma: f64| (-0.5 * (off / sigma) * (off / sigma)).exp();
    let vertical = bell(sensor.height - source.height, high) + bell(sensor.height + source.height, high);
    bell(across, wide) * vertical / (wide * high * wind.speed.max(CALM))
}

/// How well each source fits: correlation of the roots of plume and reading over all sensors and moments. `over`: by
/// sensor, how much it reads above its background at each moment.
pub(super) fn fits(sources: &[Place], sensors: &[Place], winds: &[Wind], over: &[&[f64]]) -> Vec<f64> {
    let fit = |source: &Place| {
        let mut pairs = Vec::new();
        for (sensor, over) in sensors.iter().zip(over) {
            for (wind, over) in winds
                .iter()
                .zip(over.iter())
                .filter(|(wind, over)| wind.from.is_finite() && wind.speed.is_finite() && over.is_finite())
            {
                pairs.push((plume(*source, *sensor, *wind).sqrt(), over.max(0.0).sqrt()));
            }
        }
        correlation(&pairs)
    };
    sources.iter().map(fit).collect()
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
        xy += (a - x) * (b - y);
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_upwind_of_what_is_seen_fits_best() {
        let place = |east, north| Place { east, north, height: 2.0 };
        let sensors = [place(50.0, 0.0), place(0.0, 50.0), place(-50.0, 0.0), place(0.0, -50.0)];
        let sources = [place(10.0, 10.0), place(-15.0, -10.0), place(12.0, -14.0)];
        // the wind goes round once
        let winds: Vec<Wind> = (0..72).map(|i| Wind { from: f64::from(i) * 5.0, speed: 2.0 }).collect();
        for (truth, source) in sources.iter().enumerate() {
            let over: Vec<Vec<f64>> = sensors
                .iter()
                .map(|sensor| winds.iter().map(|wind| 1000.0 * plume(*source, *sensor, *wind)).collect())
                .collect();
            let over: Vec<&[f64]> = over.iter().map(Vec::as_slice).collect();
            let fits = fits(&sources, &sensors, &winds, &over);
            let best = (0..3).max_by(|a, b| fits[*a].total_cmp(&fits[*b]));
            assert_eq!(best, Some(truth), "{fits:?}");
        }
    }

    #[test]
    fn nothing_comes_against_the_wind() {
        let (source, sensor) = (Place::default(), Place { east: 40.0, ..Place::default() });
        let at = |from| plume(source, sensor, Wind { from, speed: 3.0 });
        assert!(at(270.0) > 0.0 && at(90.0) == 0.0 && at(f64::NAN) == 0.0);
        assert!(at(270.0) > 10.0 * at(220.0));
    }
}
