//! A journal is a table with a column of times and one of tags; a state or a word behind the type tells what went.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::evaluate::EvaluateError;
use crate::evaluate::table::{self, Cells};

/// A recording of its own.
#[derive(Debug, Default)]
pub(super) struct Case {
    pub(super) alarms: Vec<Alarm>,
    /// By time.
    pub(super) rows: Vec<Row>,
}

/// An alarm of the journal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alarm {
    /// Tag and type.
    pub(super) name: String,
    /// What it is an alarm of; the tag where no column says.
    pub(super) asset: String,
    /// Alarms of several assets that mean the same have the same.
    pub(super) class: String,
    pub(super) area: String,
}

/// An alarm rose or went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    /// Milliseconds since 1970.
    pub(super) at: i64,
    /// Index of the alarm in its case.
    pub(super) alarm: usize,
    pub(super) on: bool,
}

const TAGS: [&str; 9] = ["tag", "tagname", "tag name", "alarm", "point", "source", "name", "位号", "报警"];
const KINDS: [&str; 5] = ["type", "alarm type", "condition", "kind", "报警类型"];
const STATES: [&str; 6] = ["alarm state", "state", "status", "event", "action", "报警状态"];
const CASES: [&str; 3] = ["test_case", "case", "run"];
/// What a state says, or stands behind a type, when the alarm went.
const GONE: [&str; 12] =
    ["nr", "rtn", "normal", "return", "returned", "recovered", "cleared", "clear", "inactive", "off", "ok", "恢复"];
/// States in which an alarm neither rises nor goes.
const SEEN: [&str; 4] = ["ack", "acked", "acknowledged", "确认"];

/// The recordings of a file.
pub(super) fn read(path: &Path) -> Result<Vec<Case>, EvaluateError> {
    let cells = Cells::read(path)?;
    let bad = |what: &str| EvaluateError::form(path, what);
    let place = |names: &[&str]| names.iter().find_map(|name| cells.place(name));
    let tag = place(&TAGS).ok_or_else(|| bad("no alarm journal: it has no column tag"))?;
    let (state, case) = (place(&STATES), place(&CASES));
    // beside a state, one type in every row tells nothing apart
    let kind = place(&KINDS).filter(|&at| {
        let mut kinds = cells.rows.iter().map(|row| row.get(at));
        let first = kinds.next();
        state.is_none() || kinds.any(|kind| Some(kind) != first)
    });
    if kind.is_none() && state.is_none() {
        return Err(bad("no alarm journal: no column type or state tells when an alarm went"));
    }
    let (area, asset) = (cells.place("area"), cells.place("asset"));
    let (clock, joined, way) = table::clock(&cells).map_err(|what| bad(&what))?;
    let mut read: Vec<Read> = Vec::new();
    for row in &cells.rows {
        let text = |place: Option<usize>| place.and_then(|at| row.get(at)).unwrap_or_default();
        let Some(at) = table::moment(row, clock, joined).and_then(|cell| way.ms(&cell)) else { continue };
        let (kind, gone) = going(text(kind));
        let tag = text(Some(tag));
        let name = if kind.is_empty() { tag.to_owned() } else { format!("{tag} {kind}") };
        read.push(Read {
            at,
            case: text(case),
            name,
            tag,
            state: text(state),
            gone,
            area: text(area),
            asset: text(asset),
        });
    }
    if read.is_empty() {
        return Err(bad("it has no rows"));
    }
    // a list of the last states names each alarm once: each row is when it rose
    let list = state.is_some() && {
        let mut names = HashSet::new();
        read.iter().all(|row| names.insert((row.case, row.name.as_str())))
    };
    if let [first, .., last] = read.as_slice()
        && first.at > last.at
    {
        read.reverse();
    }
    Ok(cases(&read, list))
}

/// A row as it stands in the file.
struct Read<'a> {
    at: i64,
    case: &'a str,
    name: String,
    tag: &'a str,
    state: &'a str,
    gone: bool,
    area: &'a str,
    asset: &'a str,
}

fn cases(read: &[Read<'_>], list: bool) -> Vec<Case> {
    let mut cases: BTreeMap<usize, (Case, HashMap<&str, usize>)> = BTreeMap::new();
    let mut order: HashMap<&str, usize> = HashMap::new();
    for row in read {
        let next = order.len();
        let (case, known) = cases.entry(*order.entry(row.case).or_insert(next)).or_default();
        let state = row.state.to_lowercase();
        if !list && SEEN.contains(&state.as_str()) {
            continue;
        }
        let next = case.alarms.len();
        let alarm = *known.entry(row.name.as_str()).or_insert(next);
        if alarm == next {
            let asset = if row.asset.is_empty() { row.tag } else { row.asset };
            let (class, area) = (class(row).to_owned(), row.area.to_owned());
            case.alarms.push(Alarm { name: row.name.clone(), asset: asset.to_owned(), class, area });
        }
        let on = list || !(row.gone || GONE.contains(&state.as_str()));
        case.rows.push(Row { at: row.at, alarm, on });
    }
    let mut cases: Vec<Case> = cases.into_values().map(|(case, _)| case).collect();
    for case in &mut cases {
        case.rows.sort_by_key(|row| row.at);
    }
    cases
}

/// A type without the word that says that it went, and whether there was one: `HH NR`.
fn going(kind: &str) -> (&str, bool) {
    match kind.rsplit_once(' ') {
        Some((kind, last)) if GONE.contains(&last.to_lowercase().as_str()) => (kind.trim_end(), true),
        _ => (kind, false),
    }
}

/// What signals of one sort share behind the asset's name: letters and number without the last digit, which counts them.
fn class<'a>(row: &Read<'a>) -> &'a str {
    let Some(signal) = row.tag.strip_prefix(row.asset).filter(|_| !row.asset.is_empty()) else { return "" };
    let signal = signal.trim_start_matches(['_', '-', '.', '/']);
    let letters = signal.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(signal.len());
    let digits = signal.get(letters..).unwrap_or_default();
    let digits = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    signal.get(..letters + digits.saturating_sub(1)).unwrap_or_default()
}
