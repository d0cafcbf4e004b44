//! Things as JSON, each encoded once however many screens want it.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::{AlarmId, AssetId, ControlNo, CrewId, IncidentNo, PointId, Ts};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

use super::brief::{self, AlarmForm};
use super::names::Names;
use crate::view::{Picture, command};

/// Encodes out of one picture.
#[derive(Debug)]
pub(super) struct Encoder {
    picture: Arc<Picture>,
    names: Arc<Names>,
    now: Ts,
    alarms: HashMap<(AlarmId, AlarmForm), String>,
    incidents: HashMap<IncidentNo, String>,
    crews: HashMap<CrewId, String>,
    assets: HashMap<AssetId, String>,
    commands: HashMap<ControlNo, String>,
    /// Rows of values, one after the other.
    rows: String,
    /// Where the row of each point stands in `rows`; empty: not there yet. None at all for one screen's sake.
    row_at: Vec<(u32, u32)>,
}

/// Rows are thrown away when they have become so many, bytes: most of them are of values that are gone.
const ROWS: usize = 4 << 20;

impl Encoder {
    pub(super) fn new(picture: Arc<Picture>, names: Arc<Names>) -> Self {
        let points = picture.registry.points.len();
        Self {
            picture,
            names,
            now: Ts(0),
            alarms: HashMap::new(),
            incidents: HashMap::new(),
            crews: HashMap::new(),
            assets: HashMap::new(),
            commands: HashMap::new(),
            rows: String::new(),
            row_at: vec![(0, 0); points],
        }
    }

    /// For one frame to one screen.
    pub(super) fn once(picture: Arc<Picture>, names: Arc<Names>, now: Ts) -> Self {
        Self {
            picture,
            names,
            now,
            alarms: HashMap::new(),
            incidents: HashMap::new(),
            crews: HashMap::new(),
            assets: HashMap::new(),
            commands: HashMap::new(),
            rows: String::new(),
            row_at: vec![],
        }
    }

    /// Whether it works for one screen of a group, which may have been shown what the group does not know of.
    pub(super) fn is_for_one(&self) -> bool {
        self.row_at.is_empty()
    }

    pub(super) fn picture(&self) -> &Arc<Picture> {
        &self.picture
    }

    /// Starts a flush. The picture is of the same registry. Rows of values that did not change still hold.
    pub(super) fn begin(&mut self, picture: Arc<Picture>, now: Ts) {
        self.now = now;
        if self.rows.len() > ROWS.max(self.row_at.len() * 32) {
            self.forget_all();
        }
        self.take(picture);
    }

    /// The value has changed.
    pub(super) fn forget(&mut self, point: u32) {
        if let Some(at) = self.row_at.get_mut(point as usize) {
            *at = (0, 0);
        }
    }

    /// Any value may have changed.
    pub(super) fn forget_all(&mut self) {
        self.rows.clear();
        self.row_at.fill((0, 0));
    }

    /// Goes over to a newer picture in the middle of a flush. Rows stay: values are read from their slots.
    pub(super) fn take(&mut self, picture: Arc<Picture>) {
        self.picture = picture;
        self.alarms.clear();
        self.incidents.clear();
        self.crews.clear();
        self.assets.clear();
        self.commands.clear();
    }

    /// None when it is normal.
    pub(super) fn alarm(&mut self, id: AlarmId, form: AlarmForm) -> Option<&str> {
        let alarm = self.picture.board.alarms.get(&id)?;
        Some(self.alarms.entry((id, form)).or_insert_with(|| brief::alarm(&self.picture, alarm, form)))
    }

    /// None when it is closed.
    pub(super) fn incident(&mut self, no: IncidentNo) -> Option<&str> {
        let incident = self.picture.board.incidents.get(&no)?;
        Some(self.incidents.entry(no).or_insert_with(|| json(&self.picture.incident(incident))))
    }

    /// None when the board does not know it.
    pub(super) fn crew(&mut self, id: CrewId) -> Option<&str> {
        let crew = self.picture.board.crews.get(&id)?;
        Some(self.crews.entry(id).or_insert_with(|| json(&self.picture.crew(crew, self.now))))
    }

    /// None when the site does not know it.
    pub(super) fn asset(&mut self, id: AssetId) -> Option<&str> {
        self.picture.registry.assets.get(id.index())?;
        Some(self.assets.entry(id).or_insert_with(|| json(&self.picture.asset(id, false))))
    }

    /// None when it ended some time ago.
    pub(super) fn command(&mut self, no: ControlNo) -> Option<&str> {
        let control = self.picture.board.commands.get(&no)?;
        Some(self.commands.entry(no).or_insert_with(|| json(&command(control))))
    }

    /// `["asset/point",98.7,"good",1732233600123]`.
    pub(super) fn row(&mut self, point: u32) -> &str {
        let Some(at) = self.row_at.get_mut(point as usize) else {
            self.rows.clear();
            if point as usize >= self.names.len() {
                return "";
            }
            row(&mut self.rows, &self.picture, &self.names, point);
            return &self.rows;
        };
        if at.0 == at.1 {
            let start = self.rows.len();
            row(&mut self.rows, &self.picture, &self.names, point);
            // rows are thrown away long before there are 4 GiB
            let offset = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            *at = (offset(start), offset(self.rows.len()));
        }
        self.rows.get(at.0 as usize..at.1 as usize).unwrap_or("")
    }
}

fn row(out: &mut String, picture: &Picture, names: &Names, point: u32) {
    let now = picture.values.get(PointId(point));
    out.push('[');
    out.push_str(names.json(point));
    out.push(',');
    float(out, now.value);
    out.push_str(",\"");
    out.push_str(now.quality.class());
    out.push_str("\",");
    integer(out, now.ts.ms());
    out.push(']');
}

/// A number; `null` where JSON has none.
pub(super) fn float(out: &mut String, value: f64) {
    if value.is_finite() {
        digits(out, |buffer| CompactFormatter.write_f64(buffer, value));
    } else {
        out.push_str("null");
    }
}

/// A whole number.
pub(super) fn integer(out: &mut String, value: i64) {
    digits(out, |buffer| CompactFormatter.write_i64(buffer, value));
}

/// Appends a number as the JSON library writes it: several times as fast as `format!`, and a screen of everything is
/// shown a quarter of a million of them a second.
fn digits(out: &mut String, write: impl FnOnce(&mut &mut [u8]) -> std::io::Result<()>) {
    // the longest number has 24 characters
    let mut buffer = [0; 32];
    let mut rest = &mut buffer[..];
    let written = write(&mut rest).map(|()| 32 - rest.len());
    out.push_str(written.ok().and_then(|n| std::str::from_utf8(buffer.get(..n)?).ok()).unwrap_or("null"));
}

/// A wire struct as JSON.
pub(super) fn json(value: &impl Serialize) -> String {
    // Wire structs have text keys and no failing parts, so there is no error to meet.
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}

/// Writes `,"name":[a,b]`, and nothing when there is no item.
pub(super) struct List<'a> {
    out: &'a mut String,
    name: &'static str,
    open: bool,
}

impl<'a> List<'a> {
    pub(super) fn new(out: &'a mut String, name: &'static str) -> Self {
        Self { out, name, open: false }
    }

    /// A list that is written even when it is empty.
    pub(super) fn always(out: &'a mut String, name: &'static str) -> Self {
        let mut list = Self::new(out, name);
        list.start();
        list
    }

    fn start(&mut self) {
        self.out.push_str(",\"");
        self.out.push_str(self.name);
        self.out.push_str("\":[");
        self.open = true;
    }

    pub(super) fn push(&mut self, item: &str) {
        self.item().push_str(item);
    }

    /// Where the next item is to be written.
    pub(super) fn item(&mut self) -> &mut String {
        if !self.open {
            self.start();
        } else if !self.out.ends_with('[') {
            self.out.push(',');
        }
        self.out
    }
}

impl Drop for List<'_> {
    fn drop(&mut self) {
        if self.open {
            self.out.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::fixture;
    use crate::wire::ValueRow;
    use linepack_core::{Current, Quality, Reason};

    #[test]
    fn rows_read_back_as_the_view_has_them() {
        let picture = Arc::new(fixture::picture(2));
        let names = Arc::new(Names::of(&picture.registry));
        let mut encoder = Encoder::new(picture.clone(), names);
        for (value, quality) in [
            (98.7, Quality::Good),
            (-0.0, Quality::Good),
            (1e300, Quality::Uncertain(Reason::LastKnown)),
            (5e-324, Quality::Good),
            (f64::NAN, Quality::Bad(Reason::SensorFailure)),
            (f64::INFINITY, Quality::Bad(Reason::OutOfRange)),
        ] {
            picture.values.set(PointId(1), Current { value, quality, ts: Ts(1_732_233_600_123), received: Ts(1) });
            encoder.forget(1);
            let row: ValueRow = serde_json::from_str(encoder.row(1)).unwrap();
            assert_eq!(row, picture.value_row(PointId(1)));
        }
    }

    #[test]
    fn a_row_is_encoded_once_a_change() {
        let picture = Arc::new(fixture::picture(2));
        let mut encoder = Encoder::new(picture.clone(), Arc::new(Names::of(&picture.registry)));
        let at = |value| Current { value, quality: Quality::Good, ts: Ts(1), received: Ts(1) };
        picture.values.set(PointId(0), at(1.0));
        let first = encoder.row(0).to_owned();
        picture.values.set(PointId(0), at(2.0));
        assert_eq!(encoder.row(0), first);
        encoder.begin(picture.clone(), Ts(0));
        assert_eq!(encoder.row(0), first);
        encoder.forget(0);
        assert!(encoder.row(0).contains("2.0"));
        assert_eq!(encoder.row(99), "");
        let mut once = Encoder::once(picture.clone(), Arc::new(Names::of(&picture.registry)), Ts(0));
        assert!(once.row(0).contains("2.0"));
        assert_eq!(once.row(99), "");
    }

    #[test]
    fn lists() {
        let mut out = String::new();
        drop(List::new(&mut out, "none"));
        drop(List::always(&mut out, "empty"));
        let mut list = List::always(&mut out, "two");
        list.push("1");
        list.push("[2]");
        drop(list);
        assert_eq!(out, r#","empty":[],"two":[1,[2]]"#);
    }
}
