//! Any JSON, read by pointers: `{ format = "json", ts = "/time", values = { flow = "/q/std" } }`.

use linepack_core::{AssetId, PointId, Quality, Registry, Ts};

use super::batch::{Batch, Receipt};
use super::scan::{Item, NotJson, Scan};

/// A number below this is seconds, not milliseconds (it would be a day in 1973).
const SECONDS_BELOW: f64 = 1e11;

/// What to look for in the messages of one asset.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pointers {
    ts: Option<String>,
    values: Vec<(PointId, String)>,
}

impl Pointers {
    /// For an asset; none when it has none of the points.
    pub(crate) fn new(
        registry: &Registry,
        asset: AssetId,
        ts: Option<&String>,
        values: &[(String, String)],
    ) -> Option<Self> {
        let values: Vec<_> = values
            .iter()
            .filter_map(|(name, pointer)| Some((registry.find_point_of(asset, name)?, pointer.clone())))
            .collect();
        (!values.is_empty()).then(|| Self { ts: ts.cloned(), values })
    }

    /// Reads a message. A pointer that leads nowhere is no fault as long as another leads to a value: many devices send
    /// only what changed.
    pub(crate) fn read(&self, payload: &[u8], receipt: Receipt, batch: &mut Batch) {
        let (samples, refused) = (batch.samples.len(), batch.refused.len());
        if let Err(e) = self.whole(payload, receipt, batch) {
            batch.samples.truncate(samples);
            batch.refused.truncate(refused);
            batch.refused.push(e.to_string());
        }
    }

    fn whole(&self, payload: &[u8], receipt: Receipt, batch: &mut Batch) -> Result<(), NotJson> {
        let start = Scan::new(payload)?;
        let mut all = start;
        let item = all.item()?;
        all.finish(&item)?;
        all.end()?;
        let ts = match self.ts.as_ref().map(|p| start.find(p)).transpose()?.flatten() {
            None => receipt.at,
            Some(item) => match moment(&item) {
                Ok(ts) => ts,
                Err(reason) => {
                    batch.refused.push(format!("{}: {reason}", self.ts.as_deref().unwrap_or_default()));
                    return Ok(());
                }
            },
        };
        let mut found = false;
        for (point, pointer) in &self.values {
            let Some(item) = start.find(pointer)? else { continue };
            found = true;
            match number(&item) {
                Ok(value) => batch.push(*point, ts, value, Quality::Good, receipt),
                Err(reason) => batch.refused.push(format!("{pointer}: {reason}")),
            }
        }
        if !found {
            let pointers: Vec<_> = self.values.iter().map(|(_, p)| p.as_str()).collect();
            batch.refused.push(format!("nothing at {}", pointers.join(", ")));
        }
        Ok(())
    }
}

/// Numbers, numbers in strings, booleans as 0 and 1.
fn number(item: &Item<'_>) -> Result<f64, String> {
    match item {
        Item::Number(v) => Ok(*v),
        Item::Bool(b) => Ok(f64::from(u8::from(*b))),
        Item::Text(text) => match text.trim().parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => Err(format!("{text:?} is not a number")),
        },
        other => Err(format!("{} is not a number", other.kind())),
    }
}

/// Milliseconds or seconds since the epoch, or RFC 3339.
fn moment(item: &Item<'_>) -> Result<Ts, String> {
    match item {
        Item::Number(n) if (0.0..SECONDS_BELOW).contains(n) => Ok(Ts((n * 1000.0).round() as i64)),
        Item::Number(n) if (SECONDS_BELOW..9e15).contains(n) => Ok(Ts(*n as i64)),
        Item::Number(_) => Err("the time is out of range".to_owned()),
        Item::Text(text) => match text.trim().parse::<jiff::Timestamp>() {
            Ok(t) => Ok(Ts(t.as_millisecond())),
            Err(_) => Err(format!("{text:?} is not a time as in RFC 3339")),
        },
        other => Err(format!("{} is not a time", other.kind())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::mqtt::testing::registry;

    fn read(payload: &str) -> (Vec<(u32, i64, f64)>, Vec<String>) {
        let values = [("flow", "/q/std"), ("outlet_pressure", "/p"), ("unknown", "/x")];
        let values: Vec<_> = values.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let pointers = Pointers::new(&registry(), AssetId(0), Some(&"/time".to_owned()), &values).unwrap();
        let mut batch = Batch::default();
        pointers.read(payload.as_bytes(), Receipt { at: Ts(9000), retained: false }, &mut batch);
        (batch.samples.iter().map(|s| (s.point.0, s.ts.0, s.value)).collect(), batch.refused)
    }

    #[test]
    fn values_and_times_in_all_their_forms() {
        for (text, expect) in [
            (r#"{"q":{"std":4.5},"p":2}"#, vec![(1, 9000, 4.5), (0, 9000, 2.0)]),
            (r#"{"q":{"std":" 4.5 "},"time":1732233600123}"#, vec![(1, 1_732_233_600_123, 4.5)]),
            (r#"{"p":true,"time":1732233600}"#, vec![(0, 1_732_233_600_000, 1.0)]),
            (r#"{"p":false,"time":1732233600.25}"#, vec![(0, 1_732_233_600_250, 0.0)]),
            (r#"{"p":1,"time":"2024-11-22T00:00:00.123Z"}"#, vec![(0, 1_732_233_600_123, 1.0)]),
            (r#"{"p":1,"time":"2024-11-22T08:00:00+08:00"}"#, vec![(0, 1_732_233_600_000, 1.0)]),
        ] {
            assert_eq!(read(text), (expect, vec![]), "{text}");
        }
    }

    #[test]
    fn refusals_say_which_pointer_and_why() {
        for (text, expect) in [
            (r#"{"p":"on"}"#, r#"/p: "on" is not a number"#),
            (r#"{"p":"inf"}"#, r#"/p: "inf" is not a number"#),
            (r#"{"p":null}"#, "/p: null is not a number"),
            (r#"{"p":NaN}"#, "/p: NaN or infinity is not a number"),
            (r#"{"p":1,"time":"yesterday"}"#, r#"/time: "yesterday" is not a time as in RFC 3339"#),
            (r#"{"p":1,"time":-4}"#, "/time: the time is out of range"),
            (r#"{"p":1,"time":[]}"#, "/time: an array is not a time"),
            ("{}", "nothing at /q/std, /p"),
            ("7", "nothing at /q/std, /p"),
            (r#"{"p":1"#, "not JSON at byte 6: ends too early"),
        ] {
            assert_eq!(read(text), (vec![], vec![expect.to_owned()]), "{text}");
        }
        assert_eq!(
            read(r#"{"p":1,"q":{"std":[]}}"#),
            (vec![(0, 9000, 1.0)], vec!["/q/std: an array is not a number".into()])
        );
    }
}
