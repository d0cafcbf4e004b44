//! Keys of alarms that a detector raises: what it looks at, how strictly it judges, how long it learns.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::Millis;
use linepack_core::detect::{DetectorKind, DetectorSpec, SignalKind};
use linepack_core::registry::{AlarmKind, DetectorRule, OtherPoint, PointSource, Season, Shift};

use super::crews::parse_shift;
use super::section::{Section, Value};
use super::words::is_identifier;

/// The point a detector sits at.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
    pub(super) source: &'a PointSource,
}

/// A detector, and where the other points it names stand.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) rule: DetectorRule,
    pub(super) others: Vec<(usize, OtherPoint)>,
}

/// Keys of detectors, for kinds that have none.
const KEYS: [&str; 9] = ["signal", "sensitivity", "least", "window", "warm_up", "memory", "hours", "season", "with"];

const MINUTE: Duration = Duration::from_secs(60);
const YEAR: Duration = Duration::from_secs(366 * 86_400);

/// The detector behind an alarm kind; a rate has one where it is given a window.
fn detector_of(kind: AlarmKind) -> Option<DetectorKind> {
    Some(match kind {
        AlarmKind::RateOfRise | AlarmKind::RateOfFall => DetectorKind::Rate,
        AlarmKind::Deviation => DetectorKind::Deviation,
        AlarmKind::Stuck => DetectorKind::Stuck,
        AlarmKind::Statistical => DetectorKind::Statistical,
        AlarmKind::Seasonal => DetectorKind::Seasonal,
        AlarmKind::NoReport => DetectorKind::NoReport,
        AlarmKind::CounterReset => DetectorKind::Counter,
        AlarmKind::Spike => DetectorKind::Spike,
        AlarmKind::Joint => DetectorKind::Joint,
        AlarmKind::HeatImbalance | AlarmKind::ColdRoom => DetectorKind::Substation,
        AlarmKind::CngHours => DetectorKind::Cng,
        AlarmKind::GasStep => DetectorKind::GasStep,
        AlarmKind::NightFlow => DetectorKind::NightFlow,
        _ => return None,
    })
}

/// Whether an alarm kind may have a fixed limit in place of the learned one.
pub(super) const fn may_have_limit(kind: AlarmKind) -> bool {
    matches!(kind, AlarmKind::Deviation | AlarmKind::GasStep | AlarmKind::NightFlow)
}

/// Reads the keys; nothing where the alarm has no detector. `limit`: the alarm's own, where it is valid.
pub(super) fn read(s: &mut Section<'_>, kind: AlarmKind, at: At<'_>, limit: Option<f64>) -> Option<Draft> {
    let rate = matches!(kind, AlarmKind::RateOfRise | AlarmKind::RateOfFall);
    let detector = detector_of(kind).filter(|_| !rate || s.get("window").is_some());
    let Some(detector) = detector else {
        let why = if rate { "needs \"window\" beside it" } else { "is for alarms that learn" };
        s.refuse(&KEYS, why);
        return None;
    };
    let signals = SignalKind::ALL.map(|k| (k.name(), k));
    let signal = s.get("signal").and_then(|v| v.word(&signals)).unwrap_or_else(|| signal(at));
    let mut spec = DetectorSpec { limit, ..DetectorSpec::of(detector, signal) };
    if kind == AlarmKind::ColdRoom {
        // a set point needs no learning
        spec.warm_up = Millis(0);
    }
    if let Some(n) = s.get("sensitivity").and_then(sensitivity) {
        spec.sigmas /= n;
    }
    if detector == DetectorKind::GasStep && at.unit.eq_ignore_ascii_case("%lel") {
        // what a detector head wanders by with the weather
        spec.least = 1.0;
    }
    if let Some(least) = s.get("least").and_then(Value::not_negative) {
        spec.least = least;
    }
    for (key, span, least) in [
        ("window", &mut spec.window, Duration::from_secs(1)),
        ("warm_up", &mut spec.warm_up, MINUTE),
        ("memory", &mut spec.memory, MINUTE),
    ] {
        if let Some(d) = s.get(key).and_then(|v| v.millis(least..=YEAR)) {
            *span = d;
        }
    }
    if detector == DetectorKind::NoReport
        && let Some(after) = s.get("after").and_then(|v| v.millis(Duration::from_secs(1)..=YEAR))
    {
        spec.limit = Some(after.as_secs_f64());
        // a fixed time needs no learning
        spec.warm_up = Millis(0);
    }
    if spec.hours.is_some() {
        spec.hours = s.get("hours").map_or(spec.hours, hours);
    } else {
        s.refuse(&["hours"], "means nothing to this kind");
    }
    let season = s.get("season").and_then(season);
    let (mut with, others) = read_with(s, kind, detector);
    if kind == AlarmKind::ColdRoom
        && let Some(room) = with.get_mut(ROOM)
    {
        // the point itself
        *room = Some(OtherPoint { asset: None, point: at.name.into() });
    }
    if detector == DetectorKind::Joint {
        spec.inputs = u8::try_from(with.len() + 1).unwrap_or(DetectorSpec::INPUTS_MAX);
    }
    Some(Draft { rule: DetectorRule { spec: Arc::new(spec), with, season }, others })
}

/// What is measured, by the unit it is measured in.
fn signal(at: At<'_>) -> SignalKind {
    if matches!(at.source, PointSource::Total(_)) {
        return SignalKind::Counter;
    }
    let unit = at.unit.to_ascii_lowercase();
    match unit.as_str() {
        "°c" | "k" | "°f" | "degc" => SignalKind::Temperature,
        "pa" | "hpa" | "kpa" | "mpa" | "bar" | "mbar" | "psi" | "mmh2o" => SignalKind::Pressure,
        "%lel" | "ppm" | "%vol" | "ppm·m" | "ppmm" => SignalKind::Gas,
        "m3" | "m³" | "nm3" | "nm³" | "kwh" | "mwh" | "gj" => SignalKind::Counter,
        _ if unit.ends_with("/h") || unit.ends_with("/s") || unit.ends_with("/min") || unit.ends_with("/d") => {
            SignalKind::Flow
        }
        _ => SignalKind::Generic,
    }
}

fn sensitivity(value: Value<'_>) -> Option<f64> {
    let n = value.number()?;
    if (0.1..=10.0).contains(&n) { Some(n) } else { value.fail(format!("expected 0.1 to 10, found {n}; 1 is usual")) }
}

fn hours(value: Value<'_>) -> Option<(u16, u16)> {
    match parse_shift(value.text()?) {
        Some(Shift::Daily { from, to }) => Some((from, to)),
        Some(Shift::Always) => None,
        None => value.fail("expected hours such as \"06:00-22:00\", or \"24h\""),
    }
}

/// `10-15..04-15`, month and day.
fn season(value: Value<'_>) -> Option<Season> {
    let text = value.text()?;
    let day = |text: &str| {
        let (month, day) = text.trim().split_once('-')?;
        let date = jiff::civil::Date::new(2024, month.parse().ok()?, day.parse().ok()?).ok()?;
        Some((date.month().unsigned_abs(), date.day().unsigned_abs()))
    };
    let both = text.split_once("..").and_then(|(from, to)| Some(Season { from: day(from)?, to: day(to)? }));
    both.or_else(|| value.fail(format!("expected month and day, such as \"10-15..04-15\", found \"{text}\"")))
}

/// The other points: one name, a list for `joint`, names by their part for substations.
fn read_with(
    s: &mut Section<'_>,
    kind: AlarmKind,
    detector: DetectorKind,
) -> (Vec<Option<OtherPoint>>, Vec<(usize, OtherPoint)>) {
    let places = parts(kind);
    let value = match detector {
        DetectorKind::Deviation | DetectorKind::Joint => s.need("with"),
        _ if kind == AlarmKind::ColdRoom => s.need("with"),
        _ if places.is_empty() => {
            s.refuse(&["with"], "means nothing to this kind");
            None
        }
        _ => s.get("with"),
    };
    let Some(value) = value else { return (vec![], vec![]) };
    let mut with = Vec::new();
    let mut others = Vec::new();
    let mut take = |value: Value<'_>, place: usize, with: &mut Vec<Option<OtherPoint>>| {
        let Some(other) = other(value) else { return };
        others.push((value.at(), other.clone()));
        with.resize(with.len().max(place + 1), None);
        with[place] = Some(other);
    };
    match (detector, places) {
        (DetectorKind::Joint, _) => {
            let list = value.list().unwrap_or_default();
            if !(1..usize::from(DetectorSpec::INPUTS_MAX)).contains(&list.len()) {
                value.error(format!("expected 1 to {} other points", DetectorSpec::INPUTS_MAX - 1));
            }
            for (place, value) in list.into_iter().enumerate() {
                take(value, place, &mut with);
            }
        }
        (_, [(_, place)]) => take(value, *place, &mut with),
        (_, parts) => {
            let Some(mut table) = value.section("with") else { return (vec![], vec![]) };
            for (name, place) in parts {
                if let Some(value) = table.get(name) {
                    take(value, *place, &mut with);
                }
            }
            table.finish();
        }
    }
    (with, others)
}

/// Place of the room temperature among the inputs of a heat substation; its set point follows.
const ROOM: usize = 4;

/// The parts other points play, with their places among the detector's inputs.
const fn parts(kind: AlarmKind) -> &'static [(&'static str, usize)] {
    match kind {
        AlarmKind::Deviation | AlarmKind::Seasonal | AlarmKind::CngHours => &[("with", 0)],
        AlarmKind::ColdRoom => &[("with", ROOM + 1)],
        AlarmKind::HeatImbalance => {
            &[("primary_supply", 0), ("primary_return", 1), ("secondary_return", 2), ("set_point", 3)]
        }
        _ => &[],
    }
}

/// `name` of the same asset, or `asset/name`.
fn other(value: Value<'_>) -> Option<OtherPoint> {
    let text = value.filled()?;
    let (asset, point) = text.split_once('/').map_or((None, text), |(asset, point)| (Some(asset), point));
    if [asset.unwrap_or("x"), point].iter().any(|name| !is_identifier(name)) {
        return value.fail(format!("expected the name of a point, or asset/point, found \"{text}\""));
    }
    Some(OtherPoint { asset: asset.map(Into::into), point: point.into() })
}
