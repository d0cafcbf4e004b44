//! An edge node itself, or one device: what its birth said, and how its data are read by it.

use linepack_core::{AssetId, Delivery, PointId, Quality, Reason, Sample, Ts};

use super::super::adoption::Unknown;
use super::super::datatype::DataType;
use super::super::payload::{Metric, Payload, Raw};
use super::super::plant::{Plant, identifier};
use super::super::protobuf::Malformed;
use super::alias::Aliases;
use super::out::{Out, moment};
use crate::ingest::hash::FastMap;

/// Metrics of one birth that are taken.
const METRICS: usize = 100_000;
/// Bytes of a metric's name.
const NAME: usize = 1_024;
/// Counts connections of an edge node.
pub(super) const BD_SEQ: &str = "bdSeq";

/// One source of values.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The asset it feeds.
    pub(super) asset: Option<AssetId>,
    /// Its birth was read, and no death since.
    pub(super) alive: bool,
    /// After the node's birth: its own birth must come by then.
    pub(super) due: Option<Ts>,
    pub(super) metrics: Vec<Known>,
    by_alias: Aliases,
    by_name: FastMap<Box<str>, u32>,
}

/// What a birth said of a metric.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: Box<str>,
    pub(super) alias: Option<u64>,
    pub(super) datatype: DataType,
    pub(super) point: Option<PointId>,
    /// The device refuses writes to it.
    pub(super) read_only: bool,
    /// Time and value of the newest that is not historical.
    pub(super) last: Option<(Ts, f64)>,
}

/// Who a source is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'a> {
    pub(super) group: &'a str,
    pub(super) node: &'a str,
    pub(super) device: Option<&'a str>,
}

/// What is wrong with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Cannot be read.
    Malformed(Malformed),
    /// Some metrics were not in the birth.
    Unknown,
}

impl Source {
    /// Takes a birth in; `asset` is what it may feed.
    pub(super) fn born(
        &mut self,
        who: Who<'_>,
        payload: &Payload<'_>,
        asset: Option<AssetId>,
        received: Ts,
        plant: &Plant,
        out: &mut Out,
    ) {
        let before = std::mem::take(&mut self.metrics);
        let before_names = std::mem::take(&mut self.by_name);
        self.by_alias.clear();
        (self.asset, self.alive, self.due) = (asset, true, None);
        if let Some(asset) = asset {
            out.device(asset, true);
        }
        for metric in payload.metrics().filter_map(Result::ok) {
            let Some(name) = metric.name.filter(|n| !n.is_empty() && n.len() <= NAME) else {
                out.refuse(|| "a metric of a birth has no name".to_owned());
                continue;
            };
            if self.metrics.len() >= METRICS {
                out.refuse(|| format!("more than {METRICS} metrics"));
                break;
            }
            let number = u32::try_from(self.metrics.len()).unwrap_or(u32::MAX);
            if let Some(alias) = metric.alias
                && !self.by_alias.insert(alias, number, self.metrics.len())
            {
                // nobody can tell which of them is meant later
                out.refuse(|| format!("alias {alias} of {name:?} is used twice"));
            }
            self.by_name.insert(name.into(), number);
            let datatype = DataType::from_code(metric.datatype.unwrap_or(0));
            let wanted = is_value(who, name) && (datatype.is_number() || datatype.code() == 0);
            let point = asset.filter(|_| wanted).and_then(|a| plant.point(a, name));
            let last = before_names.get(name).and_then(|&n| before.get(n as usize)).and_then(|k| k.last);
            let mut known = Known {
                name: name.into(),
                alias: metric.alias,
                datatype,
                point,
                read_only: is_read_only(&metric),
                last,
            };
            if point.is_some() {
                known.value(&metric, present(&metric, payload, &known, received, plant), received, out);
            } else if is_value(who, name) {
                let ts = moment(metric.ts).or(moment(payload.ts)).unwrap_or(received);
                out.unknown.push(unknown(who, name, datatype, &metric, ts, asset, plant));
            }
            self.metrics.push(known);
        }
    }

    /// Reads data by what the birth said.
    pub(super) fn data(&mut self, payload: &Payload<'_>, received: Ts, out: &mut Out) -> Result<(), Fault> {
        let (mark, sent) = (out.mark(), moment(payload.ts).unwrap_or(received));
        let mut fault = None;
        out.reserve(payload.count);
        for metric in payload.metrics() {
            let metric = match metric {
                Ok(metric) => metric,
                Err(e) => {
                    out.undo(mark);
                    return Err(Fault::Malformed(e));
                }
            };
            let found = match (metric.name, metric.alias) {
                (Some(name), _) => self.by_name.get(name).copied(),
                (None, Some(alias)) => self.by_alias.get(alias),
                (None, None) => None,
            };
            match found.and_then(|n| self.metrics.get_mut(n as usize)) {
                Some(known) if known.point.is_none() => {}
                Some(known) => known.value(&metric, moment(metric.ts).unwrap_or(sent), received, out),
                None => fault = Some(Fault::Unknown),
            }
        }
        fault.map_or(Ok(()), Err)
    }

    /// Marks everything as of no use; says so once.
    pub(super) fn dies(&mut self, out: &mut Out) {
        self.due = None;
        if std::mem::take(&mut self.alive)
            && let Some(asset) = self.asset
        {
            out.device(asset, false);
        }
    }

    /// The device went away at a moment of its own clock: what it said last is no longer so.
    pub(super) fn died(&mut self, at: Option<Ts>, received: Ts, out: &mut Out) {
        let was_alive = self.alive;
        self.dies(out);
        for known in self.metrics.iter_mut().filter(|_| was_alive) {
            if let (Some(point), Some((_, value)), Some(ts)) = (known.point, known.last, at) {
                // a change from before the death that only the next birth tells counts as of that birth
                known.last = Some((ts, value));
                let quality = Quality::Bad(Reason::CommFailure);
                out.sample(Sample { point, ts, received, value, quality, delivery: Delivery::Live });
            }
        }
    }

    /// Finds assets and points anew after a change of the site. True: other metrics are points than before.
    pub(super) fn adopt(&mut self, asset: Option<AssetId>, who: Who<'_>, plant: &Plant, out: &mut Out) -> bool {
        self.asset = asset;
        let mut changed = false;
        for known in &mut self.metrics {
            let wanted = is_value(who, &known.name) && (known.datatype.is_number() || known.datatype.code() == 0);
            let point = asset.filter(|_| wanted).and_then(|a| plant.point(a, &known.name));
            changed |= known.point.is_some() != point.is_some();
            known.point = point;
        }
        if let Some(asset) = asset {
            out.device(asset, self.alive);
        }
        changed
    }
}

impl Known {
    /// One value for the engine.
    fn value(&mut self, metric: &Metric<'_>, ts: Ts, received: Ts, out: &mut Out) {
        let Some(point) = self.point else { return };
        let number = if metric.null { None } else { self.datatype.number(metric.value) };
        let (value, quality) = match number {
            _ if metric.null => (f64::NAN, Quality::Bad(Reason::Unspecified)),
            Some(value) if value.is_nan() => (value, Quality::Bad(Reason::OutOfRange)),
            Some(value) => (value, quality(metric)),
            None => {
                out.refuse(|| format!("{:?} holds no number ({})", self.name, self.datatype.name()));
                return;
            }
        };
        let delivery = if metric.historical { Delivery::Historical } else { Delivery::Live };
        if !metric.historical && self.last.is_none_or(|(last, _)| last <= ts) {
            self.last = Some((ts, value));
        }
        out.sample(Sample { point, ts, received, value, quality, delivery });
    }
}

/// The time of a value in a birth. A birth says what is now: a value that has not moved for hours stands as of the
/// birth, not as of its last change, which would be too late to count, or be known already.
fn present(metric: &Metric<'_>, payload: &Payload<'_>, known: &Known, received: Ts, plant: &Plant) -> Ts {
    let born = moment(payload.ts).unwrap_or(received);
    let Some(measured) = moment(metric.ts) else { return born };
    let late = plant.registry.late_after.0;
    let old = late > 0 && born.0.saturating_sub(measured.0) > late / 2;
    let repeated = known.last.is_some_and(|(last, _)| measured <= last);
    if !metric.historical && (old || repeated) { born.max(measured) } else { measured }
}

/// Whether a metric is a measurement, not part of the protocol.
fn is_value(who: Who<'_>, name: &str) -> bool {
    !(name.starts_with("Node Control/") || name.starts_with("Device Control/"))
        && (who.device.is_some() || name != BD_SEQ)
}

fn is_read_only(metric: &Metric<'_>) -> bool {
    let flag = |name| match metric.property(name) {
        Some(Raw::Bool(b)) => Some(b),
        Some(Raw::Int(n)) => Some(n != 0),
        _ => None,
    };
    flag("writable") == Some(false) || flag("readOnly") == Some(true) || flag("ReadOnly") == Some(true)
}

/// By the property `Quality`: the specification's 0, 192 and 500, and the codes of OPC that devices send beside them.
fn quality(metric: &Metric<'_>) -> Quality {
    let code = match metric.property("Quality") {
        Some(Raw::Int(code)) => u64::from(code),
        Some(Raw::Long(code)) => code,
        _ => return Quality::Good,
    };
    match code {
        192..=255 => Quality::Good,
        64..=191 => Quality::Uncertain(Reason::Unspecified),
        500 => Quality::Bad(Reason::Stale),
        _ => Quality::Bad(Reason::Unspecified),
    }
}

fn unknown(
    who: Who<'_>,
    name: &str,
    datatype: DataType,
    metric: &Metric<'_>,
    ts: Ts,
    asset: Option<AssetId>,
    plant: &Plant,
) -> Unknown {
    let last = match (metric.null, metric.value) {
        (true, _) | (_, Raw::Absent) => String::new(),
        (_, Raw::Text(text)) => text.chars().take(256).collect(),
        (_, Raw::Opaque) => "…".to_owned(),
        (_, raw) => datatype.number(raw).map(|n| n.to_string()).unwrap_or_default(),
    };
    let known = asset.and_then(|a| plant.registry.assets.get(a.index()));
    Unknown {
        group: who.group.to_owned(),
        node: who.node.to_owned(),
        device: who.device.map(str::to_owned),
        metric: name.to_owned(),
        datatype: datatype.name(),
        last,
        ts,
        asset: known
            .map_or_else(|| identifier(&plant.asset_name(who.group, who.node, who.device)), |a| a.id.to_string()),
        asset_known: known.is_some(),
    }
}
