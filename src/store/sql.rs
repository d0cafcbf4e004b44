//! All SQL of the store. Static text; what both dialects understand stands here, the rest in a file a dialect.
//! `$1` is understood by both. [`check`] prepares every statement when a store is opened, so a table that is not as it
//! should be shows then and not at night.

pub(super) mod postgres;
pub(super) mod rollup;
pub(super) mod sqlite;

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(in crate::store) const $name: &str = $sql;)*
        /// All of them, for [`check`](crate::store::sql::check).
        pub(in crate::store) const ALL: &[&str] = &[$($name),*];
    };
}
use statements;

use sqlx::{Connection, Executor, SqlSafeStr};

use super::db::{Db, Kind};

/// Prepares all that this kind of database will be asked.
pub(super) async fn check(db: &Db, kind: Kind) -> Result<(), sqlx::Error> {
    let own: &[&[&'static str]] = match kind {
        Kind::Sqlite => &[sqlite::ALL],
        Kind::Postgres => &[postgres::ALL, postgres::plain::ALL, rollup::ALL, history::ALL, keep::ALL],
        Kind::Timescale => &[postgres::ALL, postgres::timescale::ALL, rollup::ALL, history::ALL],
    };
    let all = || [ALL].iter().chain(own).copied().flatten();
    // prepared without arguments they have the server's idea of the types, not that of whoever will bind them: forget them
    match db {
        Db::Sqlite { pool, .. } => {
            let mut connection = pool.acquire().await?;
            for &statement in all() {
                (&mut *connection).prepare(statement.into_sql_str()).await?;
            }
            connection.clear_cached_statements().await?;
        }
        Db::Postgres { pool, .. } => {
            let mut connection = pool.acquire().await?;
            for &statement in all() {
                (&mut *connection).prepare(statement.into_sql_str()).await?;
            }
            connection.clear_cached_statements().await?;
            sqlx::raw_sql(postgres::FORGET).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

statements! {
    PING = "SELECT 1";

    POINTS = "SELECT id, name FROM point";
    POINT = "SELECT id FROM point WHERE name = $1";

    POSITION_NEW = "INSERT INTO log_position (log, position) VALUES ($1, 0) ON CONFLICT (log) DO NOTHING";
    POSITION = "SELECT position FROM log_position WHERE log = $1";
    /// Only from where the writer believes the database to be: exactly once.
    POSITION_MOVE = "UPDATE log_position SET position = $2 WHERE log = $1 AND position = $3";

    ALARM_PUT = "INSERT INTO alarm_state (alarm, state, body) VALUES ($1, $2, $3)
        ON CONFLICT (alarm) DO UPDATE SET state = excluded.state, body = excluded.body";
    ALARM_STATE = "SELECT state FROM alarm_state WHERE alarm = $1";
    ALARM_DELETE = "DELETE FROM alarm_state WHERE alarm = $1";
    /// Normal alarms stay for their count of transitions.
    ALARMS = "SELECT body FROM alarm_state";
    JOURNAL_ADD = "INSERT INTO alarm_journal
        (alarm, from_state, to_state, cause, actor, address, reason, value, limit_value, quality, source_ms, ts_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    FLOOD_PUT = "INSERT INTO alarm_flood (position, began_ms, ended_ms, annunciated, peak) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (position, began_ms) DO UPDATE SET ended_ms = excluded.ended_ms,
            annunciated = excluded.annunciated, peak = excluded.peak";
    FLOODS_OPEN = "SELECT position, began_ms, ended_ms, annunciated, peak FROM alarm_flood WHERE ended_ms IS NULL
        ORDER BY began_ms";
    FLOODS = "SELECT position, began_ms, ended_ms, annunciated, peak FROM alarm_flood
        WHERE began_ms < $2 AND (ended_ms IS NULL OR ended_ms >= $1) ORDER BY began_ms DESC LIMIT 1000";
    ENTRY_ADD = "INSERT INTO entry (point, kind, value, value_ms, until_ms, reason, actor, address, ts_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    ENTRIES = "SELECT id, point, kind, value, value_ms, until_ms, reason, actor, address, ts_ms
        FROM entry WHERE point = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    SUBSTITUTE_PUT = "INSERT INTO substitute (point, body) VALUES ($1, $2)
        ON CONFLICT (point) DO UPDATE SET body = excluded.body";
    SUBSTITUTE_DELETE = "DELETE FROM substitute WHERE point = $1";
    SUBSTITUTES = "SELECT body FROM substitute";
    TUNED_PUT = "INSERT INTO alarm_setting (alarm, setting, body) VALUES ($1, $2, $3)
        ON CONFLICT (alarm, setting) DO UPDATE SET body = excluded.body";
    TUNED_DELETE = "DELETE FROM alarm_setting WHERE alarm = $1 AND setting = $2";
    TUNED = "SELECT body FROM alarm_setting ORDER BY alarm, setting";
    MODEL_PUT = "INSERT INTO detector_model (alarm, crc, body) VALUES ($1, $2, $3)
        ON CONFLICT (alarm) DO UPDATE SET crc = excluded.crc, body = excluded.body";
    MODELS = "SELECT alarm, crc, body FROM detector_model";
    JOURNAL = "SELECT id, alarm, from_state, to_state, cause, actor, address, reason, value, limit_value, quality,
            source_ms, ts_ms
        FROM alarm_journal
        WHERE ts_ms >= $1 AND ts_ms < $2 AND id < $3
        ORDER BY id DESC LIMIT $4";
    JOURNAL_OF_ALARM = "SELECT id, alarm, from_state, to_state, cause, actor, address, reason, value, limit_value, quality,
            source_ms, ts_ms
        FROM alarm_journal
        WHERE ts_ms >= $1 AND ts_ms < $2 AND id < $3 AND alarm = $5
        ORDER BY id DESC LIMIT $4";

    /// For the figures, a row a line. Hub time and running number go together, but for a clock that was set back.
    FIGURES = "SELECT count(*), coalesce(max(id), $1), coalesce(string_agg(
            ts_ms || ' ' || from_state || ' ' || to_state || ' ' || cause || ' ' || alarm, '\n' ORDER BY id), '')
        FROM (SELECT id, ts_ms, from_state, to_state, cause, alarm FROM alarm_journal
            WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS page";
    /// The last row before a moment.
    FIGURES_BEFORE = "SELECT COALESCE((SELECT id - 1 FROM alarm_journal WHERE ts_ms >= $1 ORDER BY ts_ms, id LIMIT 1),
        (SELECT max(id) FROM alarm_journal), 0)";
    /// Alarms that stood at a moment, since when.
    FIGURES_STANDING = "WITH first AS (
            SELECT COALESCE((SELECT id FROM alarm_journal WHERE ts_ms >= $1 ORDER BY ts_ms, id LIMIT 1),
                9223372036854775807) AS id),
        last AS (
            SELECT max(id) AS id FROM alarm_journal WHERE id < (SELECT id FROM first) GROUP BY alarm),
        standing AS (
            SELECT alarm FROM alarm_journal
            WHERE id IN (SELECT id FROM last) AND to_state IN ('unacknowledged', 'acknowledged'))
        SELECT j.alarm, max(j.ts_ms) FROM alarm_journal j JOIN standing s ON s.alarm = j.alarm
        WHERE j.id < (SELECT id FROM first) AND j.to_state = 'unacknowledged'
            AND j.from_state NOT IN ('unacknowledged', 'acknowledged')
        GROUP BY j.alarm";
    /// What hid alarms or showed them again; first, of those that were hidden when it begins, what hid them.
    HIDINGS = "WITH first AS (
            SELECT COALESCE((SELECT id FROM alarm_journal WHERE ts_ms >= $1 ORDER BY ts_ms, id LIMIT 1),
                9223372036854775807) AS id),
        last AS (
            SELECT max(id) AS id FROM alarm_journal WHERE id < (SELECT id FROM first) GROUP BY alarm),
        hidden AS (
            SELECT alarm FROM alarm_journal
            WHERE id IN (SELECT id FROM last) AND to_state IN ('shelved', 'suppressed', 'out-of-service')),
        began AS (
            SELECT max(j.id) AS id FROM alarm_journal j JOIN hidden h ON h.alarm = j.alarm
            WHERE j.id < (SELECT id FROM first) AND j.to_state IN ('shelved', 'suppressed', 'out-of-service')
                AND j.from_state NOT IN ('shelved', 'suppressed', 'out-of-service')
            GROUP BY j.alarm)
        SELECT id, alarm, from_state, to_state, cause, actor, address, reason, value, limit_value, quality, source_ms, ts_ms
        FROM alarm_journal WHERE id IN (SELECT id FROM began)
        UNION ALL
        SELECT id, alarm, from_state, to_state, cause, actor, address, reason, value, limit_value, quality, source_ms, ts_ms
        FROM alarm_journal
        WHERE ts_ms >= $1 AND ts_ms < $2 AND from_state <> to_state
            AND (from_state IN ('shelved', 'suppressed', 'out-of-service')
                OR to_state IN ('shelved', 'suppressed', 'out-of-service'))
        ORDER BY id";
    CHANGES = "SELECT id, alarm, from_state, to_state, cause, actor, address, reason, value, limit_value, quality,
            source_ms, ts_ms
        FROM alarm_journal WHERE ts_ms >= $1 AND ts_ms < $2 AND cause = 'change' ORDER BY ts_ms, id LIMIT 10000";
    /// Each of the last four is empty where it does not matter; a pattern has `!` before what is meant literally.
    JOURNAL_SEARCH = "SELECT id, alarm, from_state, to_state, cause, actor, address, reason, value, limit_value, quality,
            source_ms, ts_ms
        FROM alarm_journal
        WHERE ts_ms >= $1 AND ts_ms < $2 AND id < $3
            AND ($5 = '' OR alarm LIKE $5 ESCAPE '!')
            AND ($6 = '' OR actor = $6)
            AND ($7 = '' OR cause = $7)
            AND ($8 = '' OR lower(alarm) LIKE $8 ESCAPE '!' OR lower(coalesce(actor, '')) LIKE $8 ESCAPE '!'
                OR lower(coalesce(reason, '')) LIKE $8 ESCAPE '!')
        ORDER BY id DESC LIMIT $4";

    INCIDENT_PUT = "INSERT INTO incident (no, state, opened_ms, closed_ms, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (no) DO UPDATE SET state = excluded.state, closed_ms = excluded.closed_ms, body = excluded.body";
    INCIDENTS_OPEN = "SELECT body FROM incident WHERE closed_ms IS NULL ORDER BY no";
    INCIDENTS = "SELECT body FROM incident WHERE no < $1 ORDER BY no DESC LIMIT $2";
    INCIDENT = "SELECT body FROM incident WHERE no = $1";
    INCIDENT_LAST = "SELECT max(no) FROM incident";

    ASSIGNMENT_PUT = "INSERT INTO assignment (no, incident, crew, state, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (no) DO UPDATE SET incident = excluded.incident, crew = excluded.crew, state = excluded.state,
            body = excluded.body";
    ASSIGNMENTS_OF = "SELECT body FROM assignment WHERE incident = $1 ORDER BY no";
    ASSIGNMENT_LAST = "SELECT max(no) FROM assignment";

    CREW_PUT = "INSERT INTO crew (id, status, body) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body";
    CREWS = "SELECT body FROM crew";

    TIMELINE_ADD = "INSERT INTO timeline (incident, ts_ms, by_whom, event, detail) VALUES ($1, $2, $3, $4, $5)";
    TIMELINE = "SELECT ts_ms, by_whom, event, detail FROM timeline WHERE incident = $1 ORDER BY id";

    COMMAND_PUT = "INSERT INTO command (no, point, state, selected_ms, finished_ms, body) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (no) DO UPDATE SET state = excluded.state, finished_ms = excluded.finished_ms, body = excluded.body";
    COMMANDS_LIVE = "SELECT body FROM command WHERE finished_ms IS NULL ORDER BY no";
    COMMANDS = "SELECT body FROM command WHERE no < $1 AND selected_ms >= $2 AND selected_ms < $3
        ORDER BY no DESC LIMIT $4";
    COMMANDS_OF = "SELECT body FROM command WHERE no < $1 AND selected_ms >= $2 AND selected_ms < $3 AND point = $5
        ORDER BY no DESC LIMIT $4";
    COMMAND = "SELECT body FROM command WHERE no = $1";
    COMMAND_LAST = "SELECT max(no) FROM command";
    /// The last one stays, so that no number is given twice.
    COMMANDS_EXPIRE = "DELETE FROM command WHERE no IN (SELECT no FROM command
        WHERE finished_ms < $1 AND no < (SELECT max(no) FROM command) ORDER BY no LIMIT $2)";

    HANDOVER_PUT = "INSERT INTO handover (no, position, state, written_ms, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (no) DO UPDATE SET state = excluded.state, body = excluded.body";
    /// Those that wait, and the last accepted of each position.
    HANDOVERS_NOW = "SELECT body FROM handover WHERE state = 'offered'
        OR no IN (SELECT max(no) FROM handover WHERE state = 'accepted' GROUP BY position) ORDER BY no";
    HANDOVERS = "SELECT body FROM handover WHERE no < $1 ORDER BY no DESC LIMIT $2";
    HANDOVERS_OF = "SELECT body FROM handover WHERE no < $1 AND position = $3 ORDER BY no DESC LIMIT $2";
    HANDOVER_LAST = "SELECT max(no) FROM handover";

    GAPS = "SELECT from_ms, to_ms FROM gap WHERE to_ms >= $1 AND from_ms < $2 ORDER BY from_ms, to_ms LIMIT 1000";
    GAP_ROWS = "SELECT id, from_ms, to_ms, samples FROM gap
        WHERE to_ms >= $1 AND from_ms < $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    GAP_ADD = "INSERT INTO gap (from_ms, to_ms, samples) VALUES ($1, $2, $3)";

    ACCOUNT_ADD = "INSERT INTO account (name, role, crew, created_ms, password) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO NOTHING";
    ACCOUNTS = "SELECT name, role, crew, created_ms FROM account ORDER BY name";
    ACCOUNT = "SELECT name, role, crew, created_ms FROM account WHERE name = $1";
    ACCOUNT_PASSWORD = "SELECT password FROM account WHERE name = $1";
    ACCOUNT_DELETE = "DELETE FROM account WHERE name = $1";
    SESSION_ADD = "INSERT INTO session (token_sha256, account, created_ms, expires_ms) VALUES ($1, $2, $3, $4)";
    SESSION = "SELECT a.name, a.role, a.crew, a.created_ms, s.expires_ms
        FROM session s JOIN account a ON a.name = s.account WHERE s.token_sha256 = $1";
    SESSION_DELETE = "DELETE FROM session WHERE token_sha256 = $1";
    SESSIONS_DELETE_OF = "DELETE FROM session WHERE account = $1";
    SESSIONS_EXPIRE = "DELETE FROM session WHERE expires_ms <= $1";
    TOKEN_ADD = "INSERT INTO token (name, token_sha256, role, crew, created_ms) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO NOTHING";
    TOKEN = "SELECT name, role, crew, created_ms FROM token WHERE token_sha256 = $1";
    TOKENS = "SELECT name, role, crew, created_ms FROM token ORDER BY name";
    TOKEN_NAMED = "SELECT name, role, crew, created_ms FROM token WHERE name = $1";
    TOKEN_DELETE = "DELETE FROM token WHERE name = $1";
    AUDITS = "SELECT id, ts_ms, action, name FROM audit
        WHERE ts_ms >= $1 AND ts_ms < $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    AUDIT_ADD = "INSERT INTO audit (ts_ms, action, name) VALUES ($1, $2, $3)";
}

/// The historian on PostgreSQL, with and without TimescaleDB.
pub(super) mod history {
    super::statements! {
        RAW = "SELECT ts, value, quality FROM linepack_samples($1, $2, $3) ORDER BY ts LIMIT $4";
        RAW_COUNT = "SELECT count(*) FROM
            (SELECT 1 AS one FROM linepack_samples($1, $2, $3) LIMIT $4) AS found";
        RAW_OLDEST = "SELECT min(ts) FROM (
            SELECT (SELECT ts FROM sample_kept WHERE point = $1 AND ts >= $2 AND ts < $3 ORDER BY ts LIMIT 1) AS ts
            UNION ALL SELECT min(ts) FROM sample_a
                WHERE shard = $1 / 64 AND first_point <= $1 AND last_point >= $1
                AND point = $1 AND ts >= $2 AND ts < $3
            UNION ALL SELECT min(ts) FROM sample_b
                WHERE shard = $1 / 64 AND first_point <= $1 AND last_point >= $1
                AND point = $1 AND ts >= $2 AND ts < $3) AS found";
        MINUTE = "SELECT ts, n, min, min_ts, max, max_ts, first, last, mean, quality, integral, covered
            FROM sample_minute WHERE point = $1 AND ts >= $2 AND ts < $3 ORDER BY ts";
        HOUR = "SELECT ts, n, min, min_ts, max, max_ts, first, last, mean, quality, integral, covered
            FROM sample_hour WHERE point = $1 AND ts >= $2 AND ts < $3 ORDER BY ts";
        MINUTE_OLDEST = "SELECT min(ts) FROM sample_minute WHERE point = $1 AND ts >= $2 AND ts < $3";
        HOUR_OLDEST = "SELECT min(ts) FROM sample_hour WHERE point = $1 AND ts >= $2 AND ts < $3";
    }
}

/// Retention kept by the hub: PostgreSQL alone, not TimescaleDB.
pub(super) mod keep {
    super::statements! {
        MINUTE_FIRST = "SELECT min(ts) FROM sample_minute WHERE point = $1 AND ts < $2";
        HOUR_FIRST = "SELECT min(ts) FROM sample_hour WHERE point = $1 AND ts < $2";
        MINUTE_EXPIRE = "DELETE FROM sample_minute WHERE point = $1 AND ts < $2";
        HOUR_EXPIRE = "DELETE FROM sample_hour WHERE point = $1 AND ts < $2";
    }
}
