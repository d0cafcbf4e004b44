//! What telephones send by the OsmAnd protocol, as a query or form, or as the JSON of newer Traccar clients.

use linepack_core::{LonLat, Ts};

use crate::ingest::scan::{Item, Scan};

/// One knot, metres a second. The query form has knots, the JSON form metres a second.
const KNOT: f64 = 0.514_444;
/// Metres of a fix whose dilution of precision is 1, where the telephone tells no accuracy.
const METRES_PER_HDOP: f64 = 5.0;
/// A number below this is seconds, not milliseconds.
const SECONDS_BELOW: f64 = 1e11;

/// A position as a telephone sends it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Report {
    /// The device's id, which is the crew's.
    pub(crate) id: String,
    pub(crate) position: LonLat,
    /// When the receiver fixed it; none: now.
    pub(crate) ts: Option<Ts>,
    /// Radius, metres.
    pub(crate) accuracy_m: Option<f64>,
    /// Metres a second.
    pub(crate) speed_ms: Option<f64>,
    /// 0 to 100.
    pub(crate) battery_percent: Option<f64>,
}

/// Which field is wrong and what is wrong with it.
pub(crate) type Wrong = (&'static str, String);

/// The fields of a query or form. Later ones of one name are left out.
pub(crate) fn form(pairs: &[(String, String)]) -> Result<Report, Wrong> {
    let text = |names: &[&str]| {
        let named = pairs.iter().find(|(name, _)| names.contains(&name.as_str()));
        named.map(|(_, value)| value.trim()).filter(|v| !v.is_empty())
    };
    let number = |names: &[&str]| text(names).and_then(|t| t.parse::<f64>().ok()).filter(|n| n.is_finite());
    let id = text(&["id", "deviceid"]).ok_or_else(|| ("id", "is missing: the crew's id".to_owned()))?;
    let (lon, lat) = match text(&["location"]).and_then(|t| t.split_once(',')) {
        Some((lat, lon)) => (lon.trim().parse().ok(), lat.trim().parse().ok()),
        None => (number(&["lon"]), number(&["lat"])),
    };
    if text(&["valid"]).is_some_and(|v| matches!(v, "false" | "0")) {
        return Err(("valid", "the telephone says that it has no fix".to_owned()));
    }
    let hdop = number(&["hdop"]).filter(|h| *h > 0.0).map(|h| h * METRES_PER_HDOP);
    Ok(Report {
        id: id.to_owned(),
        position: place(lon, lat)?,
        ts: text(&["timestamp"]).map(moment).transpose()?,
        accuracy_m: number(&["accuracy"]).filter(|m| *m >= 0.0).or(hdop),
        speed_ms: number(&["speed"]).filter(|s| *s >= 0.0).map(|knots| knots * KNOT),
        battery_percent: number(&["batt"]).filter(|b| (0.0..=100.0).contains(b)),
    })
}

/// `{"location":{"timestamp":…,"coords":{"latitude":…}},"device_id":…}`; `id` where the query names the device.
pub(crate) fn json(payload: &[u8], id: Option<&str>) -> Result<Report, Wrong> {
    let body = |e: crate::ingest::scan::NotJson| ("body", e.to_string());
    let start = Scan::new(payload).map_err(body)?;
    let mut all = start;
    all.item().and_then(|item| all.finish(&item)).and_then(|()| all.end()).map_err(body)?;
    let find = |pointer: &str| start.find(pointer).map_err(body);
    let number = |pointer: &str| {
        Ok::<_, Wrong>(match find(pointer)? {
            Some(Item::Number(n)) => Some(n),
            Some(Item::Text(t)) => t.trim().parse::<f64>().ok().filter(|n| n.is_finite()),
            _ => None,
        })
    };
    let device = match find("/device_id")? {
        Some(Item::Text(t)) => Some(t.into_owned()),
        Some(Item::Number(n)) => Some(n.to_string()),
        _ => id.map(str::to_owned),
    };
    let ts = match find("/location/timestamp")? {
        Some(Item::Text(t)) => Some(moment(&t)?),
        Some(Item::Number(n)) => Some(since_epoch(n)?),
        _ => None,
    };
    Ok(Report {
        id: device.filter(|d| !d.is_empty()).ok_or_else(|| ("device_id", "is missing: the crew's id".to_owned()))?,
        position: place(number("/location/coords/longitude")?, number("/location/coords/latitude")?)?,
        ts,
        accuracy_m: number("/location/coords/accuracy")?.filter(|m| *m >= 0.0),
        // -1 says that it is not known
        speed_ms: number("/location/coords/speed")?.filter(|s| *s >= 0.0),
        battery_percent: number("/location/battery/level")?.filter(|b| (0.0..=1.0).contains(b)).map(|b| b * 100.0),
    })
}

fn place(lon: Option<f64>, lat: Option<f64>) -> Result<LonLat, Wrong> {
    let (lon, lat) = match (lon, lat) {
        (Some(lon), Some(lat)) => (lon, lat),
        (None, _) => return Err(("lon", "is missing: degrees east".to_owned())),
        (_, None) => return Err(("lat", "is missing: degrees north".to_owned())),
    };
    if lon == 0.0 && lat == 0.0 {
        // what a receiver without a fix says
        return Err(("lat", "0, 0 is no fix".to_owned()));
    }
    LonLat::new(lon, lat).ok_or_else(|| ("lat", format!("lon {lon}, lat {lat} is no place on earth")))
}

/// Seconds, milliseconds, `2026-11-22T05:00:00Z`, or `2026-11-22 05:00:00` in UTC.
fn moment(text: &str) -> Result<Ts, Wrong> {
    let text = text.trim();
    if let Ok(n) = text.parse::<f64>() {
        return since_epoch(n);
    }
    if let Ok(t) = text.parse::<jiff::Timestamp>() {
        return Ok(Ts(t.as_millisecond()));
    }
    let utc = text.parse::<jiff::civil::DateTime>().ok().and_then(|t| t.to_zoned(jiff::tz::TimeZone::UTC).ok());
    match utc {
        Some(t) => Ok(Ts(t.timestamp().as_millisecond())),
        None => Err(("timestamp", "expected seconds or milliseconds since 1970, or a time as in RFC 3339".to_owned())),
    }
}

fn since_epoch(n: f64) -> Result<Ts, Wrong> {
    match n {
        n if (0.0..SECONDS_BELOW).contains(&n) => Ok(Ts((n * 1000.0).round() as i64)),
        n if (SECONDS_BELOW..9e15).contains(&n) => Ok(Ts(n as i64)),
        _ => Err(("timestamp", "is out of range".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<Report, Wrong> {
        form(&url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>())
    }

    const HERE: LonLat = LonLat { lon: 106.55, lat: 29.56 };

    #[test]
    fn the_query_form_has_knots() {
        let text = "id=c-07&lat=29.56&lon=106.55&timestamp=1795305600&speed=10&hdop=2&altitude=250&bearing=90&batt=80";
        let report = query(text).expect("a report");
        assert_eq!((report.id.as_str(), report.position, report.ts), ("c-07", HERE, Some(Ts(1_795_305_600_000))));
        assert_eq!((report.accuracy_m, report.battery_percent), (Some(10.0), Some(80.0)));
        assert!((report.speed_ms.expect("a speed") - 5.144_44).abs() < 1e-9);
        let report = query("id=c-07&lat=29.56&lon=106.55&accuracy=7.5&hdop=2").expect("a report");
        assert_eq!((report.accuracy_m, report.ts, report.speed_ms), (Some(7.5), None, None));
    }

    #[test]
    fn times_come_in_every_form() {
        for time in [
            "1795305600",
            "1795305600000",
            "2026-11-22T00:00:00Z",
            "2026-11-22T08:00:00%2B08:00",
            "2026-11-22+00:00:00",
        ] {
            let report = query(&format!("deviceid=c-07&location=29.56,106.55&timestamp={time}")).expect(time);
            assert_eq!((report.ts, report.position), (Some(Ts(1_795_305_600_000)), HERE), "{time}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, field) in [
            ("lat=1&lon=2", "id"),
            ("id=&lat=1&lon=2", "id"),
            ("id=a&lat=1", "lon"),
            ("id=a&lon=1&lat=north", "lat"),
            ("id=a&lon=1&lat=91", "lat"),
            ("id=a&lon=0&lat=0", "lat"),
            ("id=a&lon=1&lat=2&valid=false", "valid"),
            ("id=a&lon=1&lat=2&timestamp=yesterday", "timestamp"),
            ("id=a&lon=1&lat=2&timestamp=-5", "timestamp"),
        ] {
            assert_eq!(query(text).expect_err(text).0, field, "{text}");
        }
    }

    #[test]
    fn the_json_form_has_metres_a_second() {
        let text = br#"{"location":{"event":"motionchange","is_moving":true,"timestamp":"2026-11-22T00:00:00.000Z","odometer":0,
            "coords":{"latitude":29.56,"longitude":106.55,"accuracy":4.5,"speed":10,"heading":-1,"altitude":250.1},
            "battery":{"level":0.5,"is_charging":false}},"device_id":"c-07"}"#;
        let report = json(text, None).expect("a report");
        let expect = Report {
            id: "c-07".into(),
            position: HERE,
            ts: Some(Ts(1_795_305_600_000)),
            accuracy_m: Some(4.5),
            speed_ms: Some(10.0),
            battery_percent: Some(50.0),
        };
        assert_eq!(report, expect);
        let bare = br#"{"location":{"coords":{"latitude":29.56,"longitude":106.55,"speed":-1}}}"#;
        let report = json(bare, Some("c-01")).expect("a report");
        assert_eq!((report.id.as_str(), report.speed_ms, report.ts), ("c-01", None, None));
        for (text, id, field) in [
            (&b"{"[..], Some("a"), "body"),
            (br#"{"location":{"coords":{"latitude":1,"longitude":2}}}"#, None, "device_id"),
            (br#"{"location":{}}"#, Some("a"), "lon"),
        ] {
            assert_eq!(json(text, id).expect_err("wrong").0, field);
        }
    }
}
