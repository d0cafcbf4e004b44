//! The table.

use serde::Serialize;

/// How one way of detecting did on one recording or a whole set.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// The set.
    pub set: &'static str,
    /// The file below the folder, or `all`.
    pub file: String,
    /// `linepack`, or the name of a trivial baseline.
    pub by: &'static str,
    /// Share of what was found that is odd.
    pub precision: Option<f64>,
    /// Share of what is odd that was found.
    pub recall: Option<f64>,
    /// Their harmonic mean.
    pub f1: Option<f64>,
    /// Labelled events found, and how many there are.
    pub events: Option<(usize, usize)>,
    /// From the start of an event to its first alarm, median, seconds.
    pub time_to_detect_s: Option<f64>,
    /// Alarms a day outside all events.
    pub false_alarms_per_day: Option<f64>,
    /// What the set's publishers measure by, name and figure.
    pub own: Vec<(&'static str, f64)>,
    /// What has to be known to read the row; empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub note: &'static str,
}

/// The outcomes as a Markdown table.
pub fn text(outcomes: &[Outcome]) -> String {
    let head =
        ["set", "file", "by", "precision", "recall", "F1", "events", "time to detect", "false/day", "the set's own"];
    let head = head.map(String::from).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(outcomes.iter().map(|o| row(o).to_vec())).collect();
    lined(&rows)
}

/// Rows as a Markdown table; the first is its head.
pub(super) fn lined(rows: &[Vec<String>]) -> String {
    let mut widths = vec![0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for (place, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            out.push_str(&format!("| {cell:width$} "));
        }
        out.push_str("|\n");
        if place == 0 {
            for width in &widths {
                out.push_str(&format!("|{}", "-".repeat(width + 2)));
            }
            out.push_str("|\n");
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn row(o: &Outcome) -> [String; 10] {
    let number = |v: Option<f64>, digits: usize| v.map_or_else(|| "–".into(), |v| format!("{v:.digits$}"));
    let figures = o.own.iter().map(|(name, v)| format!("{name} {}", short(*v)));
    let own = figures.chain((!o.note.is_empty()).then(|| o.note.to_owned())).collect::<Vec<_>>().join(", ");
    [
        o.set.into(),
        o.file.clone(),
        o.by.into(),
        number(o.precision, 2),
        number(o.recall, 2),
        number(o.f1, 2),
        o.events.map_or_else(|| "–".into(), |(found, of)| format!("{found}/{of}")),
        o.time_to_detect_s.map_or_else(|| "–".into(), span),
        number(o.false_alarms_per_day, 2),
        own,
    ]
}

fn short(v: f64) -> String {
    if v.fract() == 0.0 && v.abs() < 1e9 { format!("{v}") } else { format!("{v:.3}") }
}

fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}
