//! Events of a frame into their tables, the same on either kind of database.

use sqlx::{PgConnection, SqliteConnection};

use super::position;
use crate::store::Record;
use crate::store::load::check_sum;
use crate::store::log::Frame;
use crate::store::sql;

fn json(record: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(record).map_err(|e| sqlx::Error::Encode(e.into()))
}

macro_rules! write_records {
    ($name:ident, $connection:ty) => {
        /// Writes what changed.
        pub(in crate::store) async fn $name(tx: &mut $connection, frame: &Frame) -> Result<(), sqlx::Error> {
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
                    Record::Command(c) => {
                        sqlx::query(sql::COMMAND_PUT)
                            .bind(position(c.no))
                            .bind(&c.point)
                            .bind(&c.state)
                            .bind(c.selected.ts_ms)
                            .bind(c.finished.as_ref().map(|f| f.ts_ms))
                            .bind(json(c)?)
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
                    Record::Tuned(t) => {
                        let put = sqlx::query(sql::TUNED_PUT).bind(&t.alarm).bind(&t.setting).bind(json(t)?);
                        put.execute(&mut *tx).await?;
                    }
                    Record::TunedEnded(alarm, setting) => {
                        sqlx::query(sql::TUNED_DELETE).bind(alarm).bind(setting).execute(&mut *tx).await?;
                    }
                    Record::Model(m) => {
                        let body = json(m)?;
                        let put = sqlx::query(sql::MODEL_PUT).bind(&m.alarm).bind(check_sum(&body)).bind(body);
                        put.execute(&mut *tx).await?;
                    }
                    Record::Flood(f) => {
                        sqlx::query(sql::FLOOD_PUT)
                            .bind(&f.position)
                            .bind(f.began_ms)
                            .bind(f.ended_ms)
                            .bind(position(f.annunciated))
                            .bind(i64::from(f.peak))
                            .execute(&mut *tx)
                            .await?;
                        if let Some((from, to, cause, at)) = f.row() {
                            sqlx::query(sql::JOURNAL_ADD)
                                .bind(format!("flood:{}", f.position))
                                .bind(from)
                                .bind(to)
                                .bind(cause)
                                .bind("hub")
                                .bind(None::<&str>)
                                .bind(None::<&str>)
                                .bind(f.annunciated as f64)
                                .bind(None::<f64>)
                                .bind("good")
                                .bind(at)
                                .bind(at)
                                .execute(&mut *tx)
                                .await?;
                        }
                    }
                    Record::Handover(h) => {
                        let put = sqlx::query(sql::HANDOVER_PUT).bind(position(h.no)).bind(&h.position);
                        put.bind(&h.state).bind(h.written_ms).bind(json(h)?).execute(&mut *tx).await?;
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

write_records!(sqlite, SqliteConnection);
write_records!(postgres, PgConnection);
