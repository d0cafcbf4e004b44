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
    /// Only rows with a smaller id (cursor).
    pub before: Option<i64>,
    /// At most so many rows.
    pub limit: usize,
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
