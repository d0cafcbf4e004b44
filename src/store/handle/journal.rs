//! What happened: alarms, incidents, commands, entries.

use linepack_core::control::Control;
use linepack_core::dispatch::{Assignment, Incident};
use linepack_core::handover::Handover;
use linepack_core::{ControlNo, Flood, IncidentNo, Registry};

use super::Store;
use crate::store::apply::position;
use crate::store::db::on;
use crate::store::{CommandFilter, IncidentFilter, JournalQuery, StoreError, TunedRecord, load, sql};
use crate::wire;

impl Store {
    /// Alarm transitions.
    pub async fn journal(&self, query: &JournalQuery) -> Result<Vec<wire::JournalRow>, StoreError> {
        let (from, to) = (query.from_ms.unwrap_or(i64::MIN), query.to_ms.unwrap_or(i64::MAX));
        let (before, limit) = (query.before.unwrap_or(i64::MAX), i64::try_from(query.limit).unwrap_or(i64::MAX));
        let word = |w: &Option<String>| w.clone().unwrap_or_default();
        let rows: Vec<JournalRow> = match &query.alarm {
            _ if !query.is_plain() => on!(&*self.0.db, pool => sqlx::query_as(sql::JOURNAL_SEARCH)
                .bind(from).bind(to).bind(before).bind(limit)
                .bind(query.alarm_pattern()).bind(word(&query.actor)).bind(word(&query.cause)).bind(query.text_pattern())
                .fetch_all(pool).await)?,
            Some(alarm) => on!(&*self.0.db, pool => sqlx::query_as(sql::JOURNAL_OF_ALARM)
                .bind(from).bind(to).bind(before).bind(limit).bind(alarm).fetch_all(pool).await)?,
            None => on!(&*self.0.db, pool => sqlx::query_as(sql::JOURNAL)
                .bind(from).bind(to).bind(before).bind(limit).fetch_all(pool).await)?,
        };
        Ok(rows.into_iter().map(wire::JournalRow::from).collect())
    }

    /// Alarm floods that touch a time, newest first.
    pub async fn floods(&self, from_ms: i64, to_ms: i64) -> Result<Vec<Flood>, StoreError> {
        load::floods(&self.0.db, Some((from_ms, to_ms))).await
    }

    /// Values that people entered for a point, newest first; `before`: only rows with a smaller id.
    pub async fn entries(
        &self,
        point: &str,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<wire::Entry>, StoreError> {
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<EntryRow> = on!(&*self.0.db, pool => sqlx::query_as(sql::ENTRIES)
            .bind(point).bind(before).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(wire::Entry::from).collect())
    }

    /// What is missing in a period (`to_ms` exclusive), newest first; `before`: only rows with a smaller id.
    pub async fn gaps(
        &self,
        (from_ms, to_ms): (i64, i64),
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<wire::Gap>, StoreError> {
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<(i64, i64, i64, i64)> = on!(&*self.0.db, pool => sqlx::query_as(sql::GAP_ROWS)
            .bind(from_ms).bind(to_ms).bind(before).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(id, from_ms, to_ms, samples)| wire::Gap { id, from_ms, to_ms, samples }).collect())
    }

    /// What was done with accounts and tokens in a period (`to_ms` exclusive), newest first; `before`: only rows with a
    /// smaller id.
    pub async fn audited(
        &self,
        (from_ms, to_ms): (i64, i64),
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<wire::Audited>, StoreError> {
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<(i64, i64, String, String)> = on!(&*self.0.db, pool => sqlx::query_as(sql::AUDITS)
            .bind(from_ms).bind(to_ms).bind(before).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(id, ts_ms, action, name)| wire::Audited { id, ts_ms, action, name }).collect())
    }

    /// What hid alarms or showed them again in a period (`to_ms` exclusive), oldest first; before it, of alarms that were
    /// hidden when it begins, what hid them.
    pub async fn hidings(&self, from_ms: i64, to_ms: i64) -> Result<Vec<wire::JournalRow>, StoreError> {
        let rows: Vec<JournalRow> =
            on!(&*self.0.db, pool => sqlx::query_as(sql::HIDINGS).bind(from_ms).bind(to_ms).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(wire::JournalRow::from).collect())
    }

    /// Settings of alarms that were changed in a period, oldest first; the first ten thousand.
    pub async fn changes(&self, from_ms: i64, to_ms: i64) -> Result<Vec<wire::JournalRow>, StoreError> {
        let rows: Vec<JournalRow> =
            on!(&*self.0.db, pool => sqlx::query_as(sql::CHANGES).bind(from_ms).bind(to_ms).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(wire::JournalRow::from).collect())
    }

    /// Settings of alarms that stand otherwise than in the site folder, as the database has them.
    pub async fn tuned(&self) -> Result<Vec<TunedRecord>, StoreError> {
        load::tuned(&self.0.db).await
    }

    /// Incidents with their assignments, closed ones too.
    pub async fn incidents(
        &self,
        registry: &Registry,
        filter: &IncidentFilter,
    ) -> Result<Vec<(Incident, Vec<Assignment>)>, StoreError> {
        load::incidents(&self.0.db, registry, filter).await
    }

    /// One incident.
    pub async fn incident(
        &self,
        registry: &Registry,
        no: IncidentNo,
    ) -> Result<Option<(Incident, Vec<Assignment>)>, StoreError> {
        load::incident(&self.0.db, registry, no).await
    }

    /// Commands to the field, ended ones too.
    pub async fn commands(&self, filter: &CommandFilter) -> Result<Vec<Control>, StoreError> {
        load::commands(&self.0.db, filter).await
    }

    /// One of them.
    pub async fn command(&self, no: ControlNo) -> Result<Option<Control>, StoreError> {
        load::command(&self.0.db, no).await
    }

    /// Hand-overs of shifts, newest first; `before`: only those with a smaller number.
    pub async fn handovers(
        &self,
        position: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Handover>, StoreError> {
        load::handovers(&self.0.db, position, before, limit).await
    }

    /// Its timeline, oldest first.
    pub async fn timeline(&self, no: IncidentNo) -> Result<Vec<wire::TimelineRow>, StoreError> {
        let no = position(no.0);
        let rows: Vec<(i64, String, String, String)> =
            on!(&*self.0.db, pool => sqlx::query_as(sql::TIMELINE).bind(no).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(ts_ms, by, event, detail)| wire::TimelineRow { ts_ms, by, event, detail }).collect())
    }
}

/// As table `entry` has it.
#[derive(sqlx::FromRow)]
struct EntryRow {
    id: i64,
    point: String,
    kind: String,
    value: Option<f64>,
    value_ms: i64,
    until_ms: Option<i64>,
    reason: String,
    actor: String,
    address: Option<String>,
    ts_ms: i64,
}

impl From<EntryRow> for wire::Entry {
    fn from(r: EntryRow) -> Self {
        let EntryRow { id, point, kind, value, value_ms, until_ms, reason, actor, address, ts_ms } = r;
        Self { id, point, kind, value, value_ms, until_ms, reason, actor, address, ts_ms }
    }
}

/// As table `alarm_journal` has it.
#[derive(sqlx::FromRow)]
struct JournalRow {
    id: i64,
    alarm: String,
    from_state: String,
    to_state: String,
    cause: String,
    actor: Option<String>,
    address: Option<String>,
    reason: Option<String>,
    value: Option<f64>,
    limit_value: Option<f64>,
    quality: String,
    source_ms: i64,
    ts_ms: i64,
}

impl From<JournalRow> for wire::JournalRow {
    fn from(r: JournalRow) -> Self {
        Self {
            id: r.id,
            alarm: r.alarm,
            from: r.from_state,
            to: r.to_state,
            cause: r.cause,
            actor: r.actor,
            address: r.address,
            reason: r.reason,
            value: r.value,
            limit: r.limit_value,
            quality: r.quality,
            source_ms: r.source_ms,
            ts_ms: r.ts_ms,
        }
    }
}
