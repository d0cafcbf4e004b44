//! Who takes how much when. All by the site's local time, repeatable to the bit.

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Gas use of a city over the day, hour by hour, mean near 1: cooking peaks at 7, 12 and 18 to 20.
const COOKING: [f64; 24] = [
    0.45, 0.40, 0.38, 0.38, 0.42, 0.60, 1.00, 1.35, 1.20, 0.95, 0.95, 1.30, 1.35, 1.00, 0.80, 0.80, 0.95, 1.35, 1.65,
    1.60, 1.35, 1.10, 0.85, 0.60,
];

/// Hour of the local day, 0 to 24, fractions included.
pub fn hour(local_ms: i64) -> f64 {
    local_ms.rem_euclid(DAY_MS) as f64 / 3_600_000.0
}

/// Cooking and hot water relative to their mean.
pub fn cooking(local_ms: i64) -> f64 {
    let hour = hour(local_ms);
    let (from, part) = (hour.floor() as usize % 24, hour.fract());
    COOKING[from] * (1.0 - part) + COOKING[(from + 1) % 24] * part
}

/// Outside temperature in °C of a basin city: 8 in January, 28 in July, ±4 over the day with the low at 5.
pub fn outside_c(local_ms: i64) -> f64 {
    let day = local_ms.div_euclid(DAY_MS) as f64 + hour(local_ms) / 24.0;
    // day 0 is 1 January 1970; the coldest day is 15 January
    let season = ((day - 14.0) / 365.2425 * std::f64::consts::TAU).cos();
    let daily = ((hour(local_ms) - 17.0) / 24.0 * std::f64::consts::TAU).cos();
    18.0 - 10.0 * season + 4.0 * daily
}

/// Heating load, 0 to 1: nothing above 18 °C, full at −5 °C.
pub fn heating(local_ms: i64) -> f64 {
    ((18.0 - outside_c(local_ms)) / 23.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: f64) -> i64 {
        1_764_000_000_000_i64.div_euclid(DAY_MS) * DAY_MS + (hour * 3_600_000.0) as i64
    }

    #[test]
    fn evening_takes_more_than_night() {
        assert!(cooking(at(18.5)) > 3.0 * cooking(at(3.0)));
        assert!((cooking(at(23.999)) - cooking(at(24.001))).abs() < 0.01, "midnight is no jump");
    }

    #[test]
    fn winter_heats_and_summer_does_not() {
        let january = 10 * DAY_MS;
        assert!(heating(january) > 0.3 && heating(january + 182 * DAY_MS) == 0.0);
    }
}
