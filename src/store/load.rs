//! What a restart brings back, and incidents for whoever asks.

use linepack_core::control::Control;
use linepack_core::dispatch::{Assignment, Incident};
use linepack_core::handover::Handover;
use linepack_core::hub::SavedModel;
use linepack_core::{ControlNo, Current, Flood, IncidentNo, Quality, Reason, Registry, Saved, Ts};
use serde::de::DeserializeOwned;

use super::db::{Db, on};
use super::record::{
    AlarmRecord, AssignmentRecord, CommandRecord, CrewRecord, HandoverRecord, IncidentRecord, ModelRecord,
    SubstituteRecord, TunedRecord,
};
use super::{CommandFilter, IncidentFilter, StoreError, sql};

/// Everything a core needs to go on. What the registry no longer knows is left out and counted in the log.
pub(super) async fn saved(db: &Db, registry: &Registry) -> Result<Saved, StoreError> {
    let mut left_out = 0usize;
    let mut count = |known: bool| left_out += usize::from(!known);
    let mut saved = Saved::default();
    for alarm in bodies::<AlarmRecord>(on!(db, pool => sqlx::query_as(sql::ALARMS).fetch_all(pool).await)?)? {
        let restored = alarm.restore(registry);
        count(restored.is_some());
        saved.alarms.extend(restored);
    }
    saved.floods = floods(db, None).await?;
    let open: Vec<IncidentRecord> =
        bodies(on!(db, pool => sqlx::query_as(sql::INCIDENTS_OPEN).fetch_all(pool).await)?)?;
    for record in open {
        let (incident, assignments, unknown) = with_assignments(db, registry, &record).await?;
        for _ in 0..unknown {
            count(false);
        }
        count(incident.is_some());
        if let Some(incident) = incident {
            saved.incidents.push(incident);
            saved.assignments.extend(assignments);
        }
    }
    for crew in bodies::<CrewRecord>(on!(db, pool => sqlx::query_as(sql::CREWS).fetch_all(pool).await)?)? {
        let restored = crew.restore(registry);
        count(restored.is_some());
        saved.crews.extend(restored);
    }
    let substitutes = on!(db, pool => sqlx::query_as(sql::SUBSTITUTES).fetch_all(pool).await)?;
    for substitute in bodies::<SubstituteRecord>(substitutes)? {
        let restored = substitute.restore(registry);
        count(restored.is_some());
        saved.substitutes.extend(restored);
    }
    for tuned in tuned(db).await? {
        let restored = tuned.restore(registry);
        count(restored.is_some());
        saved.tuned.extend(restored);
    }
    saved.models = models(on!(db, pool => sqlx::query_as(sql::MODELS).fetch_all(pool).await)?, registry);
    saved.last_incident = last(on!(db, pool => sqlx::query_as(sql::INCIDENT_LAST).fetch_one(pool).await)?);
    saved.last_assignment = last(on!(db, pool => sqlx::query_as(sql::ASSIGNMENT_LAST).fetch_one(pool).await)?);
    for command in bodies::<CommandRecord>(on!(db, pool => sqlx::query_as(sql::COMMANDS_LIVE).fetch_all(pool).await)?)?
    {
        let restored = command.restore();
        count(restored.is_some());
        saved.controls.extend(restored);
    }
    for handover in
        bodies::<HandoverRecord>(on!(db, pool => sqlx::query_as(sql::HANDOVERS_NOW).fetch_all(pool).await)?)?
    {
        let restored = handover.restore();
        count(restored.is_some());
        saved.handovers.extend(restored);
    }
    saved.last_handover = last(on!(db, pool => sqlx::query_as(sql::HANDOVER_LAST).fetch_one(pool).await)?);
    saved.last_control = last(on!(db, pool => sqlx::query_as(sql::COMMAND_LAST).fetch_one(pool).await)?);
    let values: Vec<(String, i64, Option<f64>, i16)> = match db {
        Db::Sqlite { pool, .. } => super::sqlite::last_values(pool).await?,
        Db::Postgres { pool, .. } => sqlx::query_as(sql::postgres::LAST_VALUES).fetch_all(pool).await?,
    };
    for (name, ts, value, _) in values {
        // what was not a number then is nothing known now
        let (Some(point), Some(value)) = (registry.find_point(&name), value) else { continue };
        let quality = Quality::Uncertain(Reason::LastKnown);
        saved.values.push((point, Current { value, quality, ts: Ts(ts), received: Ts(ts) }));
    }
    if left_out > 0 {
        tracing::warn!(
            count = left_out,
            "saved objects of alarms, crews or incidents the site no longer knows are left out"
        );
    }
    Ok(saved)
}

/// Settings of alarms that stand otherwise than in the site folder.
pub(super) async fn tuned(db: &Db) -> Result<Vec<TunedRecord>, StoreError> {
    bodies(on!(db, pool => sqlx::query_as(sql::TUNED).fetch_all(pool).await)?)
}

/// Floods that touch a time, newest first; none: those that go on.
pub(super) async fn floods(db: &Db, between: Option<(i64, i64)>) -> Result<Vec<Flood>, StoreError> {
    type Row = (String, i64, Option<i64>, i64, i64);
    let rows: Vec<Row> = match between {
        None => on!(db, pool => sqlx::query_as(sql::FLOODS_OPEN).fetch_all(pool).await)?,
        Some((from, to)) => on!(db, pool => sqlx::query_as(sql::FLOODS).bind(from).bind(to).fetch_all(pool).await)?,
    };
    let flood = |(position, began, ended, annunciated, peak): Row| Flood {
        position: position.into(),
        began: Ts(began),
        ended: ended.map(Ts),
        annunciated: u64::try_from(annunciated).unwrap_or(0),
        peak: u32::try_from(peak).unwrap_or(u32::MAX),
        begins: false,
    };
    Ok(rows.into_iter().map(flood).collect())
}

/// Incidents with their assignments, newest first.
pub(super) async fn incidents(
    db: &Db,
    registry: &Registry,
    filter: &IncidentFilter,
) -> Result<Vec<(Incident, Vec<Assignment>)>, StoreError> {
    let before = filter.before.map_or(i64::MAX, super::apply::position);
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let records: Vec<IncidentRecord> =
        bodies(on!(db, pool => sqlx::query_as(sql::INCIDENTS).bind(before).bind(limit).fetch_all(pool).await)?)?;
    let mut all = Vec::with_capacity(records.len());
    for record in records {
        if let (Some(incident), assignments, _) = with_assignments(db, registry, &record).await? {
            all.push((incident, assignments));
        }
    }
    Ok(all)
}

/// One incident with its assignments.
pub(super) async fn incident(
    db: &Db,
    registry: &Registry,
    no: IncidentNo,
) -> Result<Option<(Incident, Vec<Assignment>)>, StoreError> {
    let no = super::apply::position(no.0);
    let rows = on!(db, pool => sqlx::query_as(sql::INCIDENT).bind(no).fetch_all(pool).await)?;
    let Some(record) = bodies::<IncidentRecord>(rows)?.pop() else { return Ok(None) };
    let (incident, assignments, _) = with_assignments(db, registry, &record).await?;
    Ok(incident.map(|i| (i, assignments)))
}

/// Commands to the field, newest first.
pub(super) async fn commands(db: &Db, filter: &CommandFilter) -> Result<Vec<Control>, StoreError> {
    let before = filter.before.map_or(i64::MAX, super::apply::position);
    let (from, to) = (filter.from_ms.unwrap_or(i64::MIN), filter.to_ms.unwrap_or(i64::MAX));
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let rows = match &filter.point {
        Some(point) => on!(db, pool => sqlx::query_as(sql::COMMANDS_OF)
            .bind(before).bind(from).bind(to).bind(limit).bind(point).fetch_all(pool).await)?,
        None => on!(db, pool => sqlx::query_as(sql::COMMANDS)
            .bind(before).bind(from).bind(to).bind(limit).fetch_all(pool).await)?,
    };
    Ok(bodies::<CommandRecord>(rows)?.iter().filter_map(CommandRecord::restore).collect())
}

/// Hand-overs, newest first; those of one position only where it is named.
pub(super) async fn handovers(
    db: &Db,
    position: Option<&str>,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Handover>, StoreError> {
    let before = before.map_or(i64::MAX, super::apply::position);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = match position {
        Some(at) => on!(db, pool => sqlx::query_as(sql::HANDOVERS_OF)
            .bind(before).bind(limit).bind(at).fetch_all(pool).await)?,
        None => on!(db, pool => sqlx::query_as(sql::HANDOVERS).bind(before).bind(limit).fetch_all(pool).await)?,
    };
    Ok(bodies::<HandoverRecord>(rows)?.iter().filter_map(HandoverRecord::restore).collect())
}

/// One command to the field.
pub(super) async fn command(db: &Db, no: ControlNo) -> Result<Option<Control>, StoreError> {
    let no = super::apply::position(no.0);
    let rows = on!(db, pool => sqlx::query_as(sql::COMMAND).bind(no).fetch_all(pool).await)?;
    Ok(bodies::<CommandRecord>(rows)?.pop().and_then(|c| c.restore()))
}

/// The incident, its assignments, and how many of those belong to crews the site does not know.
async fn with_assignments(
    db: &Db,
    registry: &Registry,
    record: &IncidentRecord,
) -> Result<(Option<Incident>, Vec<Assignment>, usize), StoreError> {
    let no = super::apply::position(record.no);
    let rows: Vec<AssignmentRecord> =
        bodies(on!(db, pool => sqlx::query_as(sql::ASSIGNMENTS_OF).bind(no).fetch_all(pool).await)?)?;
    let assignments: Vec<Assignment> = rows.iter().filter_map(|a| a.restore(registry)).collect();
    let unknown = rows.len() - assignments.len();
    Ok((record.restore(registry, &assignments), assignments, unknown))
}

/// Models that can be read; what cannot is told of and learned anew.
fn models(rows: Vec<(String, i64, String)>, registry: &Registry) -> Vec<SavedModel> {
    let read = |(alarm, crc, body): (String, i64, String)| {
        let record = (check_sum(&body) == crc).then(|| serde_json::from_str::<ModelRecord>(&body).ok()).flatten();
        let Some(record) = record.filter(|r| r.alarm == alarm) else {
            metrics::counter!("linepack_models_refused_total").increment(1);
            tracing::warn!(alarm, "what was stored of its model is damaged; it is learned anew");
            return None;
        };
        record.restore(registry)
    };
    rows.into_iter().filter_map(read).collect()
}

/// Of a model as it is stored.
pub(super) fn check_sum(body: &str) -> i64 {
    i64::from(crc32fast::hash(body.as_bytes()))
}

fn last((no,): (Option<i64>,)) -> u64 {
    no.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

fn bodies<T: DeserializeOwned>(rows: Vec<(String,)>) -> Result<Vec<T>, StoreError> {
    rows.into_iter()
        .map(|(body,)| serde_json::from_str(&body).map_err(|e| sqlx::Error::Decode(e.into()).into()))
        .collect()
}
