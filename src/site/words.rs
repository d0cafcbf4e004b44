//! Small words of the site folder: identifiers, durations, coordinates, suggestions for misspelt ones.

use std::time::Duration;

use linepack_core::LonLat;

/// Whether the text is an identifier: 1 to 64 of letters, digits, `.`, `_`, `-` (ASCII).
pub fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A span of time as the site folder writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Clock time.
    Time(Duration),
    /// Whole working days.
    WorkingDays(u32),
}

/// Units of clock time, in milliseconds. A year is 365 days.
const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 7 * 86_400_000),
    ("y", 365 * 86_400_000),
];

/// Longest span, milliseconds: a thousand years.
const LONGEST: u64 = 1000 * 365 * 86_400_000;

/// Reads `800ms`, `10s`, `5min`, `8h`, `90d`, `2w`, `3y`, `1wd` (working days); whole numbers. The error says what was expected.
pub fn parse_span(text: &str) -> Result<Span, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let expected = || format!("expected a duration such as \"10s\" (ms, s, min, h, d, w, y), found \"{text}\"");
    if digits == 0 {
        return Err(expected());
    }
    let too_long = || format!("\"{text}\" is too long; expected at most \"1000y\"");
    let number: u64 = number.parse().map_err(|_| too_long())?;
    if unit == "wd" {
        return u32::try_from(number).ok().filter(|n| *n <= 10_000).map(Span::WorkingDays).ok_or_else(too_long);
    }
    if unit == "m" {
        return Err(format!("\"{text}\" could mean minutes or months; write \"{number}min\""));
    }
    let (_, ms) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(expected)?;
    let ms = number.checked_mul(*ms).filter(|ms| *ms <= LONGEST).ok_or_else(too_long)?;
    Ok(Span::Time(Duration::from_millis(ms)))
}

/// A duration as the site folder writes it: `10s`, `1500ms`, `3y`.
pub fn duration_text(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (name, unit) = UNITS.iter().rev().find(|(_, unit)| ms >= *unit && ms % unit == 0).unwrap_or(&UNITS[1]);
    format!("{}{name}", ms / unit)
}

/// A place, or what is wrong with it.
pub(super) fn parse_place(lon: f64, lat: f64) -> Result<LonLat, String> {
    LonLat::new(lon, lat).ok_or_else(|| {
        if LonLat::new(lat, lon).is_some() {
            format!("lon {lon} and lat {lat} look swapped: lat must be within -90 and 90")
        } else if (-180.0..=180.0).contains(&lon) {
            format!("lat {lat} must be within -90 and 90 (decimal degrees, WGS 84)")
        } else if (-90.0..=90.0).contains(&lat) {
            format!("lon {lon} must be within -180 and 180 (decimal degrees, WGS 84)")
        } else {
            format!("lon {lon}, lat {lat} are not decimal degrees (WGS 84); projected coordinates must be converted")
        }
    })
}

/// The known word a misspelt one was most likely meant to be.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = 1 + word.chars().count() / 4;
    // rs-02 is not a misspelt rs-03
    let bare = |w: &str| w.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let own = bare(word);
    let candidates = known.into_iter().filter(|k| bare(k) != own).map(|k| {
        let begun = word.len() >= 3 && k.starts_with(word);
        (if begun { 1 } else { distance(word, k) }, k)
    });
    candidates.filter(|(d, _)| *d <= most).min().map(|(_, k)| k)
}

/// `; did you mean "x"?`, or nothing.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|k| format!("; did you mean \"{k}\"?")).unwrap_or_default()
}

/// Levenshtein distance in characters; long words count as far away.
fn distance(a: &str, b: &str) -> usize {
    if a.len().max(b.len()) > 80 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        let time = |ms| Ok(Span::Time(Duration::from_millis(ms)));
        for (text, want) in [
            ("800ms", time(800)),
            ("0s", time(0)),
            ("10s", time(10_000)),
            ("5min", time(300_000)),
            ("8h", time(28_800_000)),
            ("90d", time(7_776_000_000)),
            ("2w", time(1_209_600_000)),
            ("3y", time(94_608_000_000)),
            ("3wd", Ok(Span::WorkingDays(3))),
        ] {
            assert_eq!(parse_span(text), want, "{text}");
        }
        for text in ["", "s", "10", "1.5h", "-1s", "10 s", "5m", "1001y", "99999999999999999999s", "10S", "１s"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for text in ["1ms", "1500ms", "10s", "5min", "8h", "90d", "3y", "0s", "2w"] {
            let Ok(Span::Time(d)) = parse_span(text) else { panic!("{text}") };
            assert_eq!(duration_text(d), text);
        }
    }

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_is_not() {
        let known = ["stale_after", "deadband", "range"];
        assert_eq!(nearest("stale_afer", known), Some("stale_after"));
        assert_eq!(nearest("rnage", known), Some("range"));
        assert_eq!(nearest("dead", known), Some("deadband"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("rs-02", ["rs-01", "rs-03"]), None);
    }
}
