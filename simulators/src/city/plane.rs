//! Metres on a plane around the city's centre.

use linepack_core::LonLat;

/// East and north of the centre, m.
pub(super) type Xy = [f64; 2];

/// The confluence.
const CENTRE: LonLat = LonLat { lon: 106.55, lat: 29.565 };
const M_PER_DEG_LAT: f64 = 111_195.0;

/// On the earth, rounded to a millionth of a degree as it stands in the files.
pub(super) fn lon_lat([x, y]: Xy) -> LonLat {
    let round = |v: f64| (v * 1e6).round() / 1e6;
    let m_per_deg_lon = M_PER_DEG_LAT * CENTRE.lat.to_radians().cos();
    LonLat { lon: round(CENTRE.lon + x / m_per_deg_lon), lat: round(CENTRE.lat + y / M_PER_DEG_LAT) }
}

pub(super) fn distance(a: Xy, b: Xy) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

pub(super) fn middle(a: Xy, b: Xy) -> Xy {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

/// From `a` by metres in a direction (radians, east 0).
pub(super) fn offset(a: Xy, metres: f64, direction: f64) -> Xy {
    [a[0] + metres * direction.cos(), a[1] + metres * direction.sin()]
}

/// Distance from a point to a line.
pub(super) fn distance_to_line(p: Xy, line: &[Xy]) -> f64 {
    line.windows(2).map(|s| distance_to_segment(p, s[0], s[1])).fold(f64::INFINITY, f64::min)
}

fn distance_to_segment(p: Xy, a: Xy, b: Xy) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let t = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy).max(1e-9);
    let t = t.clamp(0.0, 1.0);
    distance(p, [a[0] + t * dx, a[1] + t * dy])
}

/// A smooth line through the given points (Catmull-Rom), `steps` pieces each.
pub(super) fn smooth(points: &[Xy], steps: usize) -> Vec<Xy> {
    let at = |i: isize| points[i.clamp(0, points.len() as isize - 1) as usize];
    let mut line = Vec::new();
    for i in 0..points.len() as isize - 1 {
        let (a, b, c, d) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        for s in 0..steps {
            let t = s as f64 / steps as f64;
            let f = |k: usize| {
                0.5 * (2.0 * b[k]
                    + (c[k] - a[k]) * t
                    + (2.0 * a[k] - 5.0 * b[k] + 4.0 * c[k] - d[k]) * t * t
                    + (3.0 * b[k] - a[k] - 3.0 * c[k] + d[k]) * t * t * t)
            };
            line.push([f(0), f(1)]);
        }
    }
    line.extend(points.last());
    line
}

/// The outline of a line drawn `width` wide; the first point closes it.
pub(super) fn widen(line: &[Xy], width: f64) -> Vec<Xy> {
    let side = |i: usize, sign: f64| {
        let (a, b) = (line[i.saturating_sub(1)], line[(i + 1).min(line.len() - 1)]);
        let direction = (b[1] - a[1]).atan2(b[0] - a[0]) + sign * std::f64::consts::FRAC_PI_2;
        offset(line[i], width / 2.0, direction)
    };
    let mut outline: Vec<Xy> = (0..line.len()).map(|i| side(i, 1.0)).collect();
    outline.extend((0..line.len()).rev().map(|i| side(i, -1.0)));
    outline.extend(outline.first().copied());
    outline
}
