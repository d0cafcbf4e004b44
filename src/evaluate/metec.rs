//! METEC: methane sensors each minute around controlled releases. Where the places of sensors and possible sources stand
//! beside the recording, and the wind in it, the source is named, too.

use std::path::{Path, PathBuf};

use linepack_core::detect::SignalKind;

use super::figures::{Events, share, spans};
use super::plume::{Place, Wind, fits};
use super::report::Outcome;
use super::table::{Cells, Table};
use super::times::time_ms;
use super::{EvaluateError, Judged, baseline, name, plain, read, stream};

/// Alarms of several sensors this near in time are one event, and a release is over this long after its end.
const NEAR: i64 = 60 * 60_000;
/// Rows that baselines learn from, releases and all: a day.
const DAY: usize = 1440;
const SENSOR: &str = "ch4_ppm_";
const RELEASES: &str = "controlled_releases.csv";
const SENSORS: &str = "sensor_locations.csv";
const SOURCES: &str = "source_locations.csv";

/// Whether a column is that of a sensor.
pub(super) fn is_sensor(column: &str) -> bool {
    column.to_lowercase().starts_with(SENSOR)
}

/// Whether a file only stands beside recordings.
pub(super) fn is_list(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    [RELEASES, SENSORS, SOURCES].contains(&name.strip_suffix(".gz").unwrap_or(name))
}

/// A list beside a recording, packed or not.
fn beside(path: &Path, list: &str) -> Option<PathBuf> {
    [list.to_owned(), format!("{list}.gz")].into_iter().map(|list| path.with_file_name(list)).find(|p| p.is_file())
}

/// Judges each recording by the list of releases beside it.
pub(super) fn judge(dir: &Path, files: &[PathBuf], judged: &mut Judged) {
    for path in files {
        judged.take(one(dir, path));
    }
}

/// A controlled release.
struct Release {
    from: i64,
    to: i64,
    source: String,
}

fn one(dir: &Path, path: &Path) -> Result<Vec<Outcome>, EvaluateError> {
    let table = read(path)?;
    let file = name(dir, path);
    let Some(releases) = beside(path, RELEASES) else { return Ok(plain::quiet("metec", &file, &table)) };
    let span = (table.times.first().copied().unwrap_or(0), table.times.last().copied().unwrap_or(0));
    let mut releases = releases_of(&releases)?;
    releases.retain(|release| release.to > span.0 && release.from < span.1);
    let sensors: Vec<(&str, &[f64])> = table.signals().into_iter().filter(|(n, _)| is_sensor(n)).collect();
    let mut ours = vec![false; table.len()];
    // above the background
    let mut over = Vec::new();
    for (_, sensor) in &sensors {
        let mut point = stream::Point::new(SignalKind::Gas);
        let mut above = Vec::with_capacity(table.len());
        for ((all, &ts), &value) in ours.iter_mut().zip(&table.times).zip(*sensor) {
            *all |= point.look(ts, value, &[], true);
            above.push(value - point.expected().unwrap_or(f64::NAN));
        }
        over.push(above);
    }
    let columns: Vec<&[f64]> = sensors.iter().map(|(_, column)| *column).collect();
    let train = DAY.min(table.len() / 4);
    let others = baseline::ALL.iter().map(|(by, way)| (*by, baseline::any(*way, &columns, train)));
    let site = Site::beside(path, &sensors)?;
    let outcome = |(by, found): (&'static str, Vec<bool>)| {
        let alarms = merge(&table, &found);
        let wide: Vec<(i64, i64)> = releases.iter().map(|r| (r.from.max(span.0), r.to + NEAR)).collect();
        let events = Events::of(&alarms, &wide);
        let mut own = vec![("alarms", events.alarms as f64)];
        if let (Some(site), "linepack") = (&site, by) {
            let (named, right) = site.name(&table, &over, &alarms, &releases);
            own.extend([("sources named", named), ("right", right)]);
        }
        Outcome {
            set: "metec",
            file: file.clone(),
            by,
            precision: events.precision(),
            recall: events.recall(),
            f1: events.f1(),
            events: Some((events.found(), releases.len())),
            time_to_detect_s: events.delay_s(),
            false_alarms_per_day: share(events.false_alarms as f64, table.span() as f64 / 86_400_000.0),
            own,
            note: "",
        }
    };
    Ok(std::iter::once(("linepack", ours)).chain(others).map(outcome).collect())
}

/// Where everything stands.
struct Site {
    /// By sensor of the recording.
    sensors: Vec<Place>,
    sources: Vec<(String, Place)>,
}

impl Site {
    /// From the lists beside the recording; None: there are none, or a sensor is not in them.
    fn beside(path: &Path, sensors: &[(&str, &[f64])]) -> Result<Option<Self>, EvaluateError> {
        let Some((here, there)) = beside(path, SENSORS).zip(beside(path, SOURCES)) else { return Ok(None) };
        let sources = places(&there)?;
        let known = places(&here)?;
        let Some(&(_, lon0, lat0, _)) = known.first() else { return Ok(None) };
        let place = |(name, lon, lat, height): &(String, f64, f64, f64)| {
            (name.clone(), Place::of(*lon, *lat, *height, (lon0, lat0)))
        };
        let of = |column: &str| {
            let name = column.get(SENSOR.len()..)?;
            known.iter().find(|(n, ..)| n.eq_ignore_ascii_case(name)).map(|known| place(known).1)
        };
        let sensors: Option<Vec<Place>> = sensors.iter().map(|(column, _)| of(column)).collect();
        Ok(sensors.map(|sensors| Self { sensors, sources: sources.iter().map(place).collect() }))
    }

    /// How many sources of the releases found were named, and how many rightly.
    fn name(&self, table: &Table, over: &[Vec<f64>], alarms: &[(i64, i64)], releases: &[Release]) -> (f64, f64) {
        let (Some(from), Some(speed)) = (table.column("wind_from_deg"), table.column("wind_speed_m_s")) else {
            return (0.0, 0.0);
        };
        let winds: Vec<Wind> = from.iter().zip(speed).map(|(&from, &speed)| Wind { from, speed }).collect();
        let places: Vec<Place> = self.sources.iter().map(|(_, place)| *place).collect();
        let (mut named, mut right) = (0.0, 0.0);
        for release in releases {
            let Some(alarm) = alarms.iter().find(|a| a.0 <= release.to && a.1 >= release.from) else { continue };
            let row = |ts: i64| table.times.partition_point(|&t| t < ts);
            let rows = row(alarm.0.max(release.from))..row(alarm.1.min(release.to) + 1);
            let over: Vec<&[f64]> = over.iter().map(|o| o.get(rows.clone()).unwrap_or_default()).collect();
            let fits = fits(&places, &self.sensors, winds.get(rows.clone()).unwrap_or_default(), &over);
            let best = self.sources.iter().zip(&fits).max_by(|a, b| a.1.total_cmp(b.1)).map(|((name, _), _)| name);
            named += 1.0;
            right += f64::from(u8::from(best == Some(&release.source)));
        }
        (named, right)
    }
}

/// Name, longitude, latitude, height.
fn places(path: &Path) -> Result<Vec<(String, f64, f64, f64)>, EvaluateError> {
    let cells = Cells::read(path)?;
    let place = |name: &str| cells.place(name).ok_or_else(|| EvaluateError::form(path, format!("no column {name}")));
    let (name, lon, lat, height) = (place("name")?, place("lon")?, place("lat")?, place("height")?);
    let one = |row: &csv::StringRecord| {
        let of = |place| cells.number(row, place);
        (row.get(name).unwrap_or_default().to_owned(), of(lon), of(lat), of(height))
    };
    Ok(cells.rows.iter().map(one).collect())
}

fn merge(table: &Table, found: &[bool]) -> Vec<(i64, i64)> {
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans(&table.times, found) {
        match merged.last_mut() {
            Some(last) if from - last.1 <= NEAR => last.1 = to,
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn releases_of(path: &Path) -> Result<Vec<Release>, EvaluateError> {
    let bad = |what: String| EvaluateError::form(path, what);
    let cells = Cells::read(path)?;
    let place = |name: &str| cells.place(name).ok_or_else(|| bad(format!("no column {name}")));
    let (from, to) = (place("tc_ExpStartDatetime")?, place("tc_ExpEndDatetime")?);
    let source = cells.place("source_group");
    let one = |row: &csv::StringRecord| {
        let at = |place: usize| row.get(place).and_then(time_ms).ok_or_else(|| bad("a release without time".into()));
        let source = source.and_then(|place| row.get(place)).unwrap_or_default().to_owned();
        Ok(Release { from: at(from)?, to: at(to)?, source })
    };
    cells.rows.iter().map(one).collect()
}
