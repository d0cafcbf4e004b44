//! The hub's own format: `linepack/v1/telemetry/…` and `linepack/v1/crews/…/status`.

use linepack_core::dispatch::CrewStatus;
use linepack_core::{AssetId, PointId, Quality, Registry, Ts};

use super::batch::{Batch, Receipt, quality};
use super::scan::{Item, NotJson, Scan};

/// Stands for "the message's own time" until that is known.
const UNSET: Ts = Ts(i64::MIN);

/// Statuses a crew can claim.
const CLAIMABLE: [CrewStatus; 5] =
    [CrewStatus::Available, CrewStatus::EnRoute, CrewStatus::OnScene, CrewStatus::Busy, CrewStatus::OffDuty];

/// `linepack/v1/telemetry/{asset}`: `{"ts_ms":…,"values":{"point":98.7,"other":{"v":412,"q":"uncertain","ts_ms":…}}}`.
/// Of a text that is not JSON nothing is used; otherwise what can be read is, and the rest is refused with its reason.
pub(crate) fn asset(registry: &Registry, asset: AssetId, payload: &[u8], receipt: Receipt, batch: &mut Batch) {
    let before = batch.mark();
    if let Err(e) = whole(registry, asset, payload, receipt, batch) {
        batch.rewind(before);
        batch.refuse(e.to_string());
    }
}

fn whole(
    registry: &Registry,
    asset: AssetId,
    payload: &[u8],
    receipt: Receipt,
    batch: &mut Batch,
) -> Result<(), NotJson> {
    let from = batch.samples.len();
    let mut ts = Ok(receipt.at);
    let mut has_values = false;
    let mut scan = Scan::new(payload)?;
    let item = scan.item()?;
    if item == Item::Object {
        let mut first = true;
        while let Some(key) = scan.key(&mut first)? {
            let item = scan.item()?;
            match &*key {
                "ts_ms" => {
                    ts = moment("ts_ms", &item);
                    scan.finish(&item)?;
                }
                "values" if item == Item::Object => {
                    has_values = true;
                    values(registry, asset, &mut scan, receipt, batch)?;
                }
                _ => scan.finish(&item)?,
            }
        }
    } else {
        scan.finish(&item)?;
    }
    scan.end()?;
    if !has_values {
        batch.refuse("expected an object with \"values\": {point: value}".to_owned());
    }
    match ts {
        Ok(ts) => batch.samples[from..].iter_mut().filter(|s| s.ts == UNSET).for_each(|s| s.ts = ts),
        Err(reason) => {
            // Values with a time of their own can be used all the same.
            let own: Vec<_> = batch.samples.drain(from..).filter(|s| s.ts != UNSET).collect();
            batch.samples.extend(own);
            batch.refuse(reason);
        }
    }
    Ok(())
}

fn values(
    registry: &Registry,
    asset: AssetId,
    scan: &mut Scan<'_>,
    receipt: Receipt,
    batch: &mut Batch,
) -> Result<(), NotJson> {
    let asset = &registry.assets[asset.index()];
    let points = registry.templates.get(asset.template as usize).map_or(&[][..], |t| &t.points);
    let mut first = true;
    // Devices send their points in the same order each time: the next one is likely the one after the last.
    let mut guess = 0;
    while let Some(key) = scan.key(&mut first)? {
        let slot = match points.get(guess) {
            Some(p) if *p.name == *key => Some(guess),
            _ => points.iter().position(|p| *p.name == *key),
        };
        let reading = reading(scan)?;
        let Some(slot) = slot else {
            batch.refuse(format!("asset {} has no point {key:?}", asset.id));
            continue;
        };
        guess = slot + 1;
        if let Some(voice) = points[slot].source.other_voice() {
            batch.refuse(format!("{key}: {voice}"));
            continue;
        }
        match reading {
            Ok(r) => {
                let point = PointId(asset.points.start + u32::try_from(slot).unwrap_or(u32::MAX));
                batch.push(point, r.ts.unwrap_or(UNSET), r.value, r.quality, receipt);
            }
            Err(reason) => batch.refuse(format!("{key}: {reason}")),
        }
    }
    Ok(())
}

/// `linepack/v1/telemetry/{asset}/{point}`: `98.7` or `{"ts_ms":…,"value":98.7,"quality":"good"}`.
pub(crate) fn point(point: PointId, payload: &[u8], receipt: Receipt, batch: &mut Batch) {
    let read = || {
        let mut scan = Scan::new(payload)?;
        let reading = reading(&mut scan)?;
        scan.end()?;
        Ok::<_, NotJson>(reading)
    };
    match read() {
        Ok(Ok(r)) => batch.push(point, r.ts.unwrap_or(receipt.at), r.value, r.quality, receipt),
        Ok(Err(reason)) => batch.refuse(reason),
        Err(e) => batch.refuse(e.to_string()),
    }
}

/// `linepack/v1/crews/{crew}/status`: `{"status":"available"}`.
pub(crate) fn crew(payload: &[u8]) -> Result<CrewStatus, String> {
    let mut scan = Scan::new(payload).map_err(|e| e.to_string())?;
    let whole = scan;
    scan.item().and_then(|item| scan.finish(&item)).and_then(|()| scan.end()).map_err(|e| e.to_string())?;
    match whole.find("/status").map_err(|e| e.to_string())? {
        Some(Item::Text(word)) => CLAIMABLE.into_iter().find(|s| s.name() == word).ok_or_else(|| {
            let words: Vec<_> = CLAIMABLE.iter().map(|s| s.name()).collect();
            format!("status {word:?} is none of {}", words.join(", "))
        }),
        _ => Err("expected {\"status\": word}".to_owned()),
    }
}

/// A value with what may stand beside it.
struct Reading {
    value: f64,
    quality: Quality,
    /// Its own time, where it has one.
    ts: Option<Ts>,
}

/// A number, or a switch: 1 or 0.
fn number(item: &Item<'_>) -> Option<f64> {
    match item {
        Item::Number(value) => Some(*value),
        Item::Bool(on) => Some(f64::from(u8::from(*on))),
        _ => None,
    }
}

/// A bare number or boolean, or an object with `v`/`value`, `q`/`quality`, `ts_ms`.
fn reading(scan: &mut Scan<'_>) -> Result<Result<Reading, String>, NotJson> {
    let item = scan.item()?;
    if let Some(value) = number(&item) {
        return Ok(Ok(Reading { value, quality: Quality::Good, ts: None }));
    }
    if item != Item::Object {
        scan.finish(&item)?;
        return Ok(Err(format!("{} is not a number", item.kind())));
    }
    let (mut value, mut trust, mut ts) = (Item::Null, Ok(Quality::Good), Ok(None));
    let mut first = true;
    while let Some(key) = scan.key(&mut first)? {
        let item = scan.item()?;
        scan.finish(&item)?;
        match &*key {
            "v" | "value" => value = item,
            "q" | "quality" => {
                trust = match &item {
                    Item::Text(word) => {
                        quality(word).ok_or_else(|| format!("quality {word:?} is none of good, uncertain, bad"))
                    }
                    other => Err(format!("quality is {}, expected good, uncertain or bad", other.kind())),
                }
            }
            "ts_ms" => ts = moment("ts_ms", &item).map(Some),
            _ => {}
        }
    }
    let combine = || {
        let (quality, ts) = (trust?, ts?);
        let value = match value {
            // A broken sensor has no value.
            Item::Null | Item::NotFinite if matches!(quality, Quality::Bad(_)) => f64::NAN,
            Item::Null => return Err("there is no value".to_owned()),
            other => number(&other).ok_or_else(|| format!("{} is not a number", other.kind()))?,
        };
        Ok(Reading { value, quality, ts })
    };
    Ok(combine())
}

/// Milliseconds since the epoch.
fn moment(field: &str, item: &Item<'_>) -> Result<Ts, String> {
    match item {
        // Exact: whole numbers up to 2^53 are, and that is 285,000 years.
        Item::Number(ms) if (0.0..9e15).contains(ms) => Ok(Ts(*ms as i64)),
        Item::Number(_) => Err(format!("{field} is out of range")),
        other => Err(format!("{field} is {}, expected milliseconds since 1970", other.kind())),
    }
}

#[cfg(test)]
mod tests {
    use linepack_core::{Delivery, Reason};
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::mqtt::specimen::registry;

    const NOW: Receipt = Receipt { at: Ts(9000), retained: false };

    /// Slot, time, value, quality.
    type Seen = (u32, i64, f64, Quality);

    /// What was read, and what was refused.
    fn read(payload: &str) -> (Vec<Seen>, Vec<String>) {
        let registry = registry();
        let mut batch = Batch::default();
        asset(&registry, AssetId(0), payload.as_bytes(), NOW, &mut batch);
        assert!(batch.samples.iter().all(|s| s.received == NOW.at && s.delivery == Delivery::Live));
        (batch.samples.iter().map(|s| (s.point.0, s.ts.0, s.value, s.quality)).collect(), batch.refused)
    }

    #[test]
    fn the_contracts_example() {
        let text = r#"{"ts_ms":1732233600123,"values":{"outlet_pressure":98.7,"flow":{"v":412.0,"q":"uncertain","ts_ms":1732233600100}}}"#;
        let (samples, refused) = read(text);
        assert_eq!(
            samples,
            [
                (0, 1_732_233_600_123, 98.7, Quality::Good),
                (1, 1_732_233_600_100, 412.0, Quality::Uncertain(Reason::Unspecified)),
            ]
        );
        assert!(refused.is_empty());
    }

    #[test]
    fn no_device_speaks_for_what_people_enter() {
        let mut registry = registry();
        registry.templates[0].points[0].source = linepack_core::registry::PointSource::Manual;
        let mut batch = Batch::default();
        asset(&registry, AssetId(0), br#"{"values":{"outlet_pressure":1,"flow":2}}"#, NOW, &mut batch);
        assert_eq!(batch.samples.iter().map(|s| s.value).collect::<Vec<_>>(), [2.0]);
        assert_eq!(batch.refused, ["outlet_pressure: people enter it, with a reason"]);
    }

    #[test]
    fn time_may_follow_the_values_or_be_left_out() {
        assert_eq!(read(r#"{"values":{"flow":1},"ts_ms":5}"#).0, [(1, 5, 1.0, Quality::Good)]);
        assert_eq!(read(r#"{"values":{"flow":1}}"#).0, [(1, 9000, 1.0, Quality::Good)]);
    }

    #[test]
    fn a_switch_is_one_or_zero() {
        let text = r#"{"values":{"outlet_pressure":true,"flow":{"v":false,"q":"uncertain"}}}"#;
        let values: Vec<_> = read(text).0.into_iter().map(|(point, _, value, _)| (point, value)).collect();
        assert_eq!(values, [(0, 1.0), (1, 0.0)]);
    }

    #[test]
    fn good_values_are_used_beside_refused_ones() {
        for (text, reason) in [
            (r#"{"values":{"flow":1,"no_such":2}}"#, r#"asset rs-1 has no point "no_such""#),
            (r#"{"values":{"outlet_pressure":"9","flow":1}}"#, "outlet_pressure: a string is not a number"),
            (r#"{"values":{"outlet_pressure":NaN,"flow":1}}"#, "outlet_pressure: NaN or infinity is not a number"),
            (r#"{"values":{"outlet_pressure":1e999,"flow":1}}"#, "outlet_pressure: NaN or infinity is not a number"),
            (r#"{"values":{"outlet_pressure":[1],"flow":1}}"#, "outlet_pressure: an array is not a number"),
            (r#"{"values":{"outlet_pressure":null,"flow":1}}"#, "outlet_pressure: null is not a number"),
            (r#"{"values":{"outlet_pressure":{},"flow":1}}"#, "outlet_pressure: there is no value"),
            (
                r#"{"values":{"outlet_pressure":{"v":1,"q":"fine"},"flow":1}}"#,
                r#"outlet_pressure: quality "fine" is none of good, uncertain, bad"#,
            ),
            (
                r#"{"values":{"outlet_pressure":{"v":1,"ts_ms":"now"},"flow":1}}"#,
                "outlet_pressure: ts_ms is a string, expected milliseconds since 1970",
            ),
        ] {
            let (samples, refused) = read(text);
            assert_eq!(samples, [(1, 9000, 1.0, Quality::Good)], "{text}");
            assert_eq!(refused, [reason], "{text}");
        }
        let (samples, refused) = read(r#"{"ts_ms":-1,"values":{"flow":1,"outlet_pressure":{"v":2,"ts_ms":7}}}"#);
        assert_eq!(samples, [(0, 7, 2.0, Quality::Good)]);
        assert_eq!(refused, ["ts_ms is out of range"]);
    }

    #[test]
    fn a_broken_sensor_may_send_no_value() {
        let (samples, refused) = read(r#"{"values":{"flow":{"v":null,"q":"bad"}}}"#);
        assert!(samples[0].2.is_nan() && samples[0].3 == Quality::Bad(Reason::Unspecified) && refused.is_empty());
    }

    #[test]
    fn of_what_is_not_json_nothing_is_used() {
        for text in [r#"{"values":{"flow":1}"#, r#"{"values":{"flow":1}}}"#, "", "hello", r#"{"values":{"flow":1,}}"#] {
            let (samples, refused) = read(text);
            assert!(samples.is_empty(), "{text}");
            assert!(refused.len() == 1 && refused[0].starts_with("not JSON"), "{text}: {refused:?}");
        }
        for text in ["98.7", "[]", r#"{"ts_ms":1}"#, r#"{"values":7}"#] {
            assert_eq!(read(text).1, [r#"expected an object with "values": {point: value}"#], "{text}");
        }
    }

    #[test]
    fn a_points_own_topic_takes_a_number_or_an_object() {
        let read = |payload: &str, retained| {
            let mut batch = Batch::default();
            point(PointId(3), payload.as_bytes(), Receipt { at: Ts(9000), retained }, &mut batch);
            (batch.samples.first().map(|s| (s.ts.0, s.value, s.quality, s.delivery)), batch.refused)
        };
        assert_eq!(read("98.7", false).0, Some((9000, 98.7, Quality::Good, Delivery::Live)));
        assert_eq!(read("true", false).0, Some((9000, 1.0, Quality::Good, Delivery::Live)));
        let text = r#"{"ts_ms":5,"value":98.7,"quality":"bad"}"#;
        assert_eq!(read(text, true).0, Some((5, 98.7, Quality::Bad(Reason::Unspecified), Delivery::Retained)));
        for (text, reason) in [
            ("", "not JSON at byte 0: empty payload"),
            ("on", "not JSON at byte 0: expected a value"),
            (r#""98""#, "a string is not a number"),
            (r#"{"value":{}}"#, "an object is not a number"),
            ("1 2", "not JSON at byte 2: text after the end"),
        ] {
            assert_eq!(read(text, false), (None, vec![reason.to_owned()]), "{text}");
        }
    }

    #[test]
    fn crews_claim_only_what_they_can() {
        assert_eq!(crew(br#"{"status":"en-route"}"#), Ok(CrewStatus::EnRoute));
        for text in
            [r#"{"status":"assigned"}"#, r#"{"status":"out-of-contact"}"#, r#"{"status":1}"#, "{}", "available", ""]
        {
            assert!(crew(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_payload_panics(text in r#"\{("values":\{("flow":|"outlet_pressure":|[\{\}:,"0-9a-z\.\-]){0,12}\}?)?\}?"#, bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            read(&text);
            let mut batch = Batch::default();
            asset(&registry(), AssetId(0), &bytes, NOW, &mut batch);
            point(PointId(0), &bytes, NOW, &mut batch);
            let _ = crew(&bytes);
        }
    }
}
