//! Alarm journals and lists of other systems through the engine: what an operator would have been shown instead.
//! `linepack evaluate alarms PATH`.

mod journal;
mod play;

use std::path::Path;

use serde::Serialize;

use super::{EvaluateError, name, report, table};
use journal::Case;

/// Upsets of a journal that are named for people; the form for machines has all.
const TOLD: usize = 10;

/// What the engine made of a journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Annunciation {
    /// The file below the folder.
    pub file: String,
    /// Separate recordings in it.
    pub cases: usize,
    /// Rows that say that an alarm rose or went.
    pub events: usize,
    /// Alarms in it.
    pub alarms: usize,
    /// How often one rose: what an operator saw until now.
    pub raised: usize,
    /// How often one was annunciated.
    pub annunciated: usize,
    /// Most that rose in any ten minutes of a recording.
    pub max_10min_raised: usize,
    /// Most that were annunciated in any ten minutes of a recording.
    pub max_10min_annunciated: usize,
    /// Alarms that stood for over ten minutes.
    pub standing: usize,
    /// Those of them that were not shown then.
    pub hidden: Vec<String>,
    /// Upsets of two alarms and more, the largest first.
    pub upsets: Vec<Upset>,
}

/// Alarms that came together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Upset {
    /// The alarm that came first, its probable cause.
    pub first_out: String,
    /// When, milliseconds since 1970.
    pub first_ms: i64,
    /// All of its alarms, the first with them.
    pub alarms: Vec<String>,
}

impl Annunciation {
    /// Share of the annunciations that an operator is spared; none where nothing rose.
    pub fn fewer(&self) -> Option<f64> {
        (self.raised > 0).then(|| 1.0 - self.annunciated as f64 / self.raised as f64)
    }

    fn add(&mut self, case: Self) {
        self.cases += 1;
        self.events += case.events;
        self.alarms += case.alarms;
        self.raised += case.raised;
        self.annunciated += case.annunciated;
        self.max_10min_raised = self.max_10min_raised.max(case.max_10min_raised);
        self.max_10min_annunciated = self.max_10min_annunciated.max(case.max_10min_annunciated);
        self.standing += case.standing;
        self.hidden.extend(case.hidden);
        self.upsets.extend(case.upsets);
    }
}

/// What came of a folder.
#[derive(Debug, Default)]
pub struct Played {
    /// By file.
    pub journals: Vec<Annunciation>,
    /// Files that could not be played.
    pub problems: Vec<EvaluateError>,
}

/// Plays all journals in a folder, or a single one, with the settings a site has that says nothing of alarms.
pub fn alarms(path: &Path) -> Result<Played, EvaluateError> {
    let (dir, single) = super::place(path);
    let mut files = super::files(path)?;
    files.retain(|file| single || table::is_csv(file));
    let mut played = Played::default();
    for file in &files {
        match journal::read(file) {
            Ok(cases) => played.journals.push(of_file(name(dir, file), &cases)),
            Err(problem) => played.problems.push(problem),
        }
    }
    if played.journals.is_empty() && played.problems.is_empty() {
        return Err(EvaluateError::Nothing(path.into()));
    }
    Ok(played)
}

fn of_file(file: String, cases: &[Case]) -> Annunciation {
    let mut sum = Annunciation { file, ..Annunciation::default() };
    for case in cases {
        sum.add(play::play(case));
    }
    sum.upsets.sort_by_key(|upset| (std::cmp::Reverse(upset.alarms.len()), upset.first_ms));
    sum
}

/// The journals as a Markdown table, and their largest upsets; `seconds` is what playing them took.
pub fn alarms_text(journals: &[Annunciation], seconds: f64) -> String {
    let head = [
        "journal",
        "recordings",
        "alarms",
        "raised",
        "annunciated",
        "fewer",
        "most in 10 min",
        "stood over 10 min",
        "of these hidden",
        "upsets",
    ];
    let mut rows = vec![head.map(String::from).to_vec()];
    rows.extend(journals.iter().map(|j| {
        vec![
            j.file.clone(),
            j.cases.to_string(),
            j.alarms.to_string(),
            j.raised.to_string(),
            j.annunciated.to_string(),
            j.fewer().map_or_else(|| "–".into(), |share| format!("{:.1} %", 100.0 * share)),
            format!("{} → {}", j.max_10min_raised, j.max_10min_annunciated),
            j.standing.to_string(),
            j.hidden.len().to_string(),
            j.upsets.len().to_string(),
        ]
    }));
    let mut out = report::lined(&rows);
    let events: usize = journals.iter().map(|j| j.events).sum();
    out.push_str(&format!("\n\n{events} events in {seconds:.1} s"));
    if seconds > 0.0 {
        out.push_str(&format!(", {:.0} a second", events as f64 / seconds));
    }
    for j in journals {
        for hidden in &j.hidden {
            out.push_str(&format!("\n{}: {hidden} stood and was not shown", j.file));
        }
        if j.upsets.is_empty() {
            continue;
        }
        out.push_str(&format!("\n\nlargest upsets of {}, the first alarm and how many came with it:", j.file));
        for upset in j.upsets.iter().take(TOLD) {
            let when = jiff::Timestamp::from_millisecond(upset.first_ms);
            let when = when.map_or_else(|_| String::new(), |t| t.strftime("%F %T").to_string());
            out.push_str(&format!("\n  {when}  {} + {}", upset.first_out, upset.alarms.len().saturating_sub(1)));
        }
    }
    out
}
