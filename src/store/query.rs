//! What can be asked of the store.

/// `GET /history`.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// Full point names.
    pub points: Vec<String>,
    /// Inclusive, milliseconds.
    pub from_ms: i64,
    /// Exclusive, milliseconds.
    pub to_ms: i64,
    /// At most so many rows a point.
    pub max_points: usize,
}

/// `GET /alarms/journal`, newest first.
#[derive(Clone, Debug, Default)]
pub struct JournalQuery {
    /// Inclusive, milliseconds.
    pub from_ms: Option<i64>,
    /// Exclusive, milliseconds.
    pub to_ms: Option<i64>,
    /// One alarm only.
    pub alarm: Option<String>,
    /// Alarms of one asset only.
    pub asset: Option<String>,
    /// What one person did.
    pub actor: Option<String>,
    /// `raise clear acknowledge …`.
    pub cause: Option<String>,
    /// In the alarm's id, in who or in why; any case.
    pub text: Option<String>,
    /// Only rows with a smaller id (cursor).
    pub before: Option<i64>,
    /// At most so many rows.
    pub limit: usize,
}

impl JournalQuery {
    /// What the alarm's id must look like, as a pattern of SQL; empty where it does not matter.
    pub(super) fn alarm_pattern(&self) -> String {
        match (&self.alarm, &self.asset) {
            (Some(alarm), _) => literal(alarm),
            (None, Some(asset)) => literal(asset) + ":%",
            (None, None) => String::new(),
        }
    }

    /// What is looked for anywhere, as a pattern of SQL.
    pub(super) fn text_pattern(&self) -> String {
        self.text.as_deref().map_or_else(String::new, |text| format!("%{}%", literal(&text.to_lowercase())))
    }

    /// Only time, and perhaps one alarm: what the indexes are for.
    pub(super) fn is_plain(&self) -> bool {
        self.asset.is_none() && self.actor.is_none() && self.cause.is_none() && self.text.is_none()
    }
}

/// A text of which no character means anything to LIKE … ESCAPE '!'.
fn literal(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Closed and open incidents, newest first.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// Only rows with a smaller number (cursor).
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

/// Commands to the field, newest first.
#[derive(Clone, Debug, Default)]
pub struct CommandFilter {
    /// One point only, by its full name.
    pub point: Option<String>,
    /// Selected then or later, milliseconds.
    pub from_ms: Option<i64>,
    /// Selected before, milliseconds.
    pub to_ms: Option<i64>,
    /// Only rows with a smaller number (cursor).
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}
