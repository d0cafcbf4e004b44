//! Writes frames of the log into the tables: one transaction a batch, which also moves the position, so that a batch is in
//! the database once however often it is tried.

use std::collections::HashSet;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Acquire, PgConnection, SqliteConnection};

use super::Record;
use super::db::Db;
use super::log::{Frame, StoredSample};
use super::sql::{self, postgres, sqlite};

/// Rows of one statement on PostgreSQL: large enough to be cheap, small enough for a server that wants short messages.
const PG_ROWS: usize = 1000;
/// Width of the aggregates that are marked due.
const MINUTE: i64 = 60_000;

/// `(bucket, point)` of minute aggregates that the database knows to be due.
pub(super) type Due = HashSet<(i64, u32)>;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// Everything is in.
    Done,
    /// The database stands elsewhere than was thought; nothing was done.
    Elsewhere,
}

/// Applies frames in one transaction, moving the position of `log` from `from` to that of the last frame. `due` remembers
/// what was marked; none where the database makes its aggregates itself.
pub(super) async fn apply(
    db: &Db,
    log: &str,
    from: u64,
    frames: &[Frame],
    due: Option<&mut Due>,
) -> Result<Applied, sqlx::Error> {
    let Some(last) = frames.last() else { return Ok(Applied::Done) };
    let mut samples: Vec<StoredSample> = frames.iter().flat_map(|f| f.samples.iter().copied()).collect();
    samples.sort_unstable_by_key(|s| (s.point, s.ts));
    let marks = due.as_deref().map(|known| marks(&samples, known)).unwrap_or_default();
    let (from, to) = (position(from), position(last.seq));
    match db {
        Db::Sqlite { writer, .. } => {
            let mut tx = writer.begin().await?;
            if sqlx::query(sql::POSITION_MOVE).bind(log).bind(to).bind(from).execute(&mut *tx).await?.rows_affected()
                == 0
            {
                return Ok(Applied::Elsewhere);
            }
            for frame in frames {
                sqlite_records(&mut tx, frame).await?;
            }
            sqlite_samples(&mut tx, &samples).await?;
            for &(bucket, point) in &marks {
                let add = sqlx::query(sql::keep::DUE_ADD).bind(MINUTE).bind(bucket).bind(i64::from(point));
                add.execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }
        Db::Postgres { pool } => {
            let mut connection = pool.acquire().await?;
            let mut tx = connection.begin().await?;
            if sqlx::query(sql::POSITION_MOVE).bind(log).bind(to).bind(from).execute(&mut *tx).await?.rows_affected()
                == 0
            {
                return Ok(Applied::Elsewhere);
            }
            for frame in frames {
                postgres_records(&mut tx, frame).await?;
            }
            postgres_samples(&mut tx, &samples).await?;
            for part in marks.chunks(PG_ROWS) {
                sqlx::query(postgres::plain::DUE_ADD_MANY)
                    .bind(part.iter().map(|&(bucket, _)| bucket).collect::<Vec<_>>())
                    .bind(part.iter().map(|&(_, point)| number(point)).collect::<Vec<_>>())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
        }
    }
    if let Some(known) = due {
        known.extend(marks);
    }
    Ok(Applied::Done)
}

/// Sequence numbers as the database counts them.
pub(super) fn position(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Point numbers as the database counts them.
pub(super) fn number(point: u32) -> i32 {
    i32::try_from(point).unwrap_or(i32::MAX)
}

/// Minutes that the samples (sorted) touch and that are not yet known to be due.
fn marks(samples: &[StoredSample], known: &Due) -> Vec<(i64, u32)> {
    let mut marks: Vec<(i64, u32)> = samples
        .iter()
        .map(|s| (s.ts.div_euclid(MINUTE) * MINUTE, s.point))
        .filter(|mark| !known.contains(mark))
        .collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

async fn sqlite_samples(tx: &mut SqliteConnection, samples: &[StoredSample]) -> Result<(), sqlx::Error> {
    let (many, rest) = samples.as_chunks::<{ sqlite::MANY }>();
    let (sixteen, rest) = rest.as_chunks::<16>();
    let groups = many
        .iter()
        .map(|c| (sqlite::SAMPLES_ADD_MANY, c.as_slice()))
        .chain(sixteen.iter().map(|c| (sqlite::SAMPLES_ADD_16, c.as_slice())))
        .chain(rest.chunks(1).map(|c| (sqlite::SAMPLES_ADD_1, c)));
    for (statement, rows) in groups {
        let mut query = sqlx::query::<sqlx::Sqlite>(statement);
        for s in rows {
            query = bind(query, s);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

type SqliteQuery<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind<'q>(query: SqliteQuery<'q>, s: &StoredSample) -> SqliteQuery<'q> {
    query.bind(i64::from(s.point)).bind(s.ts).bind(s.value.is_finite().then_some(s.value)).bind(i64::from(s.quality))
}

async fn postgres_samples(tx: &mut PgConnection, samples: &[StoredSample]) -> Result<(), sqlx::Error> {
    for part in samples.chunks(PG_ROWS) {
        sqlx::query(postgres::SAMPLES_ADD)
            .bind(part.iter().map(|s| number(s.point)).collect::<Vec<_>>())
            .bind(part.iter().map(|s| s.ts).collect::<Vec<_>>())
            .bind(part.iter().map(|s| s.value.is_finite().then_some(s.value)).collect::<Vec<_>>())
            .bind(part.iter().map(|s| i16::from(s.quality)).collect::<Vec<_>>())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

fn json(record: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(record).map_err(|e| sqlx::Error::Encode(e.into()))
}

/// The same function for either kind of connection.
macro_rules! write_records {
    ($name:ident, $connection:ty) => {
        async fn $name(tx: &mut $connection, frame: &Frame) -> Result<(), sqlx::Error> {
            for record in &frame.records {
                match record {
                    Record::Alarm(a, transition) => {
                        let put = sqlx::query(sql::ALARM_PUT).bind(&a.alarm).bind(&a.state).bind(json(a)?);
                        put.execute(&mut *tx).await?;
                        if let Some(t) = transition {
                            sqlx::query(sql::JOURNAL_ADD)
                                .bind(&a.alarm)
                                .bind(&t.from)
                                .bind(&t.to)
                                .bind(&t.cause)
                                .bind(&t.actor)
                                .bind(&t.address)
                                .bind(&t.reason)
                                .bind(t.value)
                                .bind(t.limit)
                                .bind(&t.quality)
                                .bind(t.source_ms)
                                .bind(t.ts_ms)
                                .execute(&mut *tx)
                                .await?;
                        }
                    }
                    Record::Incident(i) => {
                        sqlx::query(sql::INCIDENT_PUT)
                            .bind(position(i.no))
                            .bind(&i.state)
                            .bind(i.opened_ms)
                            .bind(i.closed_ms)
                            .bind(json(i)?)
                            .execute(&mut *tx)
                            .await?;
                    }
                    Record::Assignment(a) => {
                        sqlx::query(sql::ASSIGNMENT_PUT)
                            .bind(position(a.no))
                            .bind(position(a.incident))
                            .bind(&a.crew)
                            .bind(&a.state)
                            .bind(json(a)?)
                            .execute(&mut *tx)
                            .await?;
                    }
                    Record::Crew(c) => {
                        let put = sqlx::query(sql::CREW_PUT).bind(&c.crew).bind(&c.status).bind(json(c)?);
                        put.execute(&mut *tx).await?;
                    }
                    Record::Timeline(t) => {
                        sqlx::query(sql::TIMELINE_ADD)
                            .bind(position(t.incident))
                            .bind(t.ts_ms)
                            .bind(&t.by)
                            .bind(&t.event)
                            .bind(&t.detail)
                            .execute(&mut *tx)
                            .await?;
                    }
                    Record::AlarmsDropped(alarms) => {
                        for alarm in alarms {
                            let state: Option<(String,)> =
                                sqlx::query_as(sql::ALARM_STATE).bind(alarm).fetch_optional(&mut *tx).await?;
                            let Some((state,)) = state else { continue };
                            sqlx::query(sql::ALARM_DELETE).bind(alarm).execute(&mut *tx).await?;
                            if state == "normal" {
                                continue;
                            }
                            sqlx::query(sql::JOURNAL_ADD)
                                .bind(alarm)
                                .bind(state)
                                .bind("normal")
                                .bind("reload")
                                .bind("hub")
                                .bind(None::<&str>)
                                .bind("the site no longer has this alarm")
                                .bind(None::<f64>)
                                .bind(None::<f64>)
                                .bind("good")
                                .bind(frame.at)
                                .bind(frame.at)
                                .execute(&mut *tx)
                                .await?;
                        }
                    }
                    Record::Entry(e) => {
                        sqlx::query(sql::ENTRY_ADD)
                            .bind(&e.point)
                            .bind(&e.kind)
                            .bind(e.value)
                            .bind(e.value_ms)
                            .bind(e.until_ms)
                            .bind(&e.reason)
                            .bind(&e.actor)
                            .bind(&e.address)
                            .bind(e.ts_ms)
                            .execute(&mut *tx)
                            .await?;
                    }
                    Record::Substitute(s) => {
                        let put = sqlx::query(sql::SUBSTITUTE_PUT).bind(&s.point).bind(json(s)?);
                        put.execute(&mut *tx).await?;
                    }
                    Record::SubstituteEnded(point) => {
                        sqlx::query(sql::SUBSTITUTE_DELETE).bind(point).execute(&mut *tx).await?;
                    }
                    Record::Gap { from_ms, to_ms, samples } => {
                        let add = sqlx::query(sql::GAP_ADD).bind(from_ms).bind(to_ms).bind(position(*samples));
                        add.execute(&mut *tx).await?;
                    }
                }
            }
            Ok(())
        }
    };
}

write_records!(sqlite_records, SqliteConnection);
write_records!(postgres_records, PgConnection);
