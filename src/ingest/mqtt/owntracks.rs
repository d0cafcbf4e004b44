//! OwnTracks positions: `owntracks/{crew}/{device}`.

use linepack_core::input::Fix;
use linepack_core::{CrewId, LonLat, Ts};

use super::scan::{Item, Scan};

/// Reads a message: a fix, nothing (another `_type` than `location`), or why it cannot be read.
pub(crate) fn read(crew: CrewId, payload: &[u8], received: Ts) -> Result<Option<Fix>, String> {
    let mut scan = Scan::new(payload).map_err(|e| e.to_string())?;
    let (mut kind, mut lon, mut lat, mut tst, mut acc) = (Item::Null, Item::Null, Item::Null, Item::Null, Item::Null);
    let mut walk = || {
        let item = scan.item()?;
        if item != Item::Object {
            scan.finish(&item)?;
            return scan.end();
        }
        let mut first = true;
        while let Some(key) = scan.key(&mut first)? {
            let item = scan.item()?;
            scan.finish(&item)?;
            match &*key {
                "_type" => kind = item,
                "lon" => lon = item,
                "lat" => lat = item,
                "tst" => tst = item,
                "acc" => acc = item,
                _ => {}
            }
        }
        scan.end()
    };
    walk().map_err(|e| e.to_string())?;
    match kind {
        Item::Text(kind) if kind == "location" => {}
        Item::Text(_) => return Ok(None),
        _ => return Err("there is no \"_type\"".to_owned()),
    }
    let position = match (&lon, &lat) {
        (Item::Number(lon), Item::Number(lat)) => {
            LonLat::new(*lon, *lat).ok_or_else(|| format!("lon {lon}, lat {lat} is no place on earth"))?
        }
        _ => return Err(format!("lon is {}, lat is {}, expected degrees", lon.kind(), lat.kind())),
    };
    let ts = match tst {
        Item::Number(s) if (0.0..9e12).contains(&s) => Ts((s * 1000.0).round() as i64),
        // older versions wrote it as text
        Item::Text(ref text) if text.parse::<u32>().is_ok() => Ts(text.parse::<i64>().unwrap_or_default() * 1000),
        Item::Null => received,
        other => return Err(format!("tst is {}, expected seconds since 1970", other.kind())),
    };
    let accuracy_m = match acc {
        Item::Number(m) if m >= 0.0 => Some(m),
        _ => None,
    };
    Ok(Some(Fix { crew, position, ts, accuracy_m }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) -> Result<Option<Fix>, String> {
        read(CrewId(2), text.as_bytes(), Ts(9000))
    }

    #[test]
    fn a_location_moves_the_crew() {
        let text = r#"{"_type":"location","tid":"n5","acc":17,"batt":80,"conn":"m","lat":-22.9836,"lon":-43.21782,"t":"c","tst":1532102000}"#;
        let fix = check(text).unwrap().unwrap();
        assert_eq!(fix.position, LonLat { lon: -43.21782, lat: -22.9836 });
        assert_eq!((fix.crew, fix.ts, fix.accuracy_m), (CrewId(2), Ts(1_532_102_000_000), Some(17.0)));
        let fix = check(r#"{"_type":"location","lat":1,"lon":2,"acc":-1,"inregions":["a"]}"#).unwrap().unwrap();
        assert_eq!((fix.ts, fix.accuracy_m), (Ts(9000), None));
    }

    #[test]
    fn other_types_are_not_for_us() {
        for text in [r#"{"_type":"lwt","tst":"1380738247"}"#, r#"{"_type":"transition","lat":"x"}"#] {
            assert_eq!(check(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for (text, expect) in [
            (r#"{"lat":1,"lon":2}"#, "there is no \"_type\""),
            ("[1]", "there is no \"_type\""),
            (r#"{"_type":"location","lat":95,"lon":2}"#, "lon 2, lat 95 is no place on earth"),
            (r#"{"_type":"location","lat":"1","lon":2}"#, "lon is a number, lat is a string, expected degrees"),
            (r#"{"_type":"location","lat":NaN}"#, "lon is null, lat is NaN or infinity, expected degrees"),
            (r#"{"_type":"location","lat":1,"lon":2,"tst":"x"}"#, "tst is a string, expected seconds since 1970"),
            (r#"{"_type":"location","lat":1,"lon":2"#, "not JSON at byte 35: ends too early"),
        ] {
            assert_eq!(check(text), Err(expect.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_payload_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(CrewId(0), &bytes, Ts(0));
        }
    }
}
