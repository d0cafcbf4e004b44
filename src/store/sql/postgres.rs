//! What only PostgreSQL understands; [`plain`] without, [`timescale`] with TimescaleDB.

super::statements! {
    POINTS_ADD = "INSERT INTO point (name) SELECT n FROM unnest($1::TEXT[]) AS n
        WHERE NOT EXISTS (SELECT 1 FROM point WHERE name = n) ON CONFLICT (name) DO NOTHING";
    COPY_A = "COPY sample_a (point, ts, value, quality) FROM STDIN WITH (FORMAT binary)";
    COPY_B = "COPY sample_b (point, ts, value, quality) FROM STDIN WITH (FORMAT binary)";
    ADD_A = "INSERT INTO sample_a (point, ts, value, quality)
        SELECT * FROM unnest($1::INTEGER[], $2::BIGINT[], $3::DOUBLE PRECISION[], $4::SMALLINT[])";
    ADD_B = "INSERT INTO sample_b (point, ts, value, quality)
        SELECT * FROM unnest($1::INTEGER[], $2::BIGINT[], $3::DOUBLE PRECISION[], $4::SMALLINT[])";
    SUMMARISE_A = "SELECT brin_summarize_new_values('sample_a_range')";
    SUMMARISE_B = "SELECT brin_summarize_new_values('sample_b_range')";
    /// Which table is written; it stays so until the transaction ends.
    TURN_HOLD = "SELECT active FROM sample_turn FOR SHARE";
    /// Which table is written, and the pages of both.
    TURN = "SELECT active, pg_relation_size('sample_a') / current_setting('block_size')::BIGINT,
        pg_relation_size('sample_b') / current_setting('block_size')::BIGINT FROM sample_turn";
    TURN_PASS = "UPDATE sample_turn SET active = $1";
    /// Sorted in, and the minutes of what is new are marked.
    KEEP_A = "WITH kept AS (
            INSERT INTO sample_kept (point, ts, value, quality)
            SELECT point, ts, value, quality FROM sample_a WHERE ctid >= $1::TEXT::TID AND ctid < $2::TEXT::TID
            ORDER BY point, ts, ctid ON CONFLICT (point, ts) DO NOTHING RETURNING point, ts)
        INSERT INTO rollup_due (span, point, bucket)
        SELECT DISTINCT 60000, point, ts - ((ts % 60000) + 60000) % 60000 FROM kept
        ON CONFLICT (span, point, bucket) DO UPDATE SET onward = TRUE WHERE NOT rollup_due.onward";
    KEEP_B = "WITH kept AS (
            INSERT INTO sample_kept (point, ts, value, quality)
            SELECT point, ts, value, quality FROM sample_b WHERE ctid >= $1::TEXT::TID AND ctid < $2::TEXT::TID
            ORDER BY point, ts, ctid ON CONFLICT (point, ts) DO NOTHING RETURNING point, ts)
        INSERT INTO rollup_due (span, point, bucket)
        SELECT DISTINCT 60000, point, ts - ((ts % 60000) + 60000) % 60000 FROM kept
        ON CONFLICT (span, point, bucket) DO UPDATE SET onward = TRUE WHERE NOT rollup_due.onward";
    /// Who asks a long question is not waited for.
    SHORT_WAIT = "SELECT set_config('lock_timeout', '200ms', TRUE)";
    EMPTY_A = "TRUNCATE sample_a";
    EMPTY_B = "TRUNCATE sample_b";
    LEASE_TAKE = "INSERT INTO writer_lease (log, host, until) VALUES ($1, $2, now() + INTERVAL '30 seconds')
        ON CONFLICT (one) DO UPDATE SET log = excluded.log, host = excluded.host, until = excluded.until
        WHERE writer_lease.log = excluded.log OR writer_lease.until < now()";
    LEASE_KEEP = "UPDATE writer_lease SET until = now() + INTERVAL '30 seconds' WHERE log = $1";
    LEASE_HOLDER = "SELECT host, greatest(0, ceil(extract(epoch FROM until - now())))::BIGINT FROM writer_lease";
    LEASE_END = "DELETE FROM writer_lease WHERE log = $1";
    LAST_VALUES = "SELECT p.name, s.ts, s.value, s.quality FROM point p
        CROSS JOIN LATERAL (SELECT ts, value, quality FROM sample WHERE point = p.id ORDER BY ts DESC LIMIT 1) s";
    /// Whether the historian's tables are there, and whether TimescaleDB is or could be.
    LOOK = "SELECT to_regclass('sample') IS NOT NULL AS made,
        EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb') AS installed,
        EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb') AS available";
    FORGET = "DEALLOCATE ALL";
    EXTENSION = "CREATE EXTENSION IF NOT EXISTS timescaledb";
}

/// The historian without TimescaleDB.
pub(in crate::store) mod plain {
    super::super::statements! {
        IS_PLAIN = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('sample_other')";
        MAKE_WEEK = "SELECT linepack_make_week($1)";
        DROP_BEFORE = "SELECT linepack_drop_before($1)";
        OTHER_EXPIRE = "DELETE FROM sample_other WHERE ts < $1";
    }
}

/// The historian with TimescaleDB.
pub(in crate::store) mod timescale {
    super::super::statements! {
        RAW_DROP = "SELECT count(*) FROM drop_chunks('sample_kept', older_than => $1::BIGINT)";
        MINUTE_DROP = "SELECT count(*) FROM drop_chunks('sample_minute', older_than => $1::BIGINT)";
        HOUR_DROP = "SELECT count(*) FROM drop_chunks('sample_hour', older_than => $1::BIGINT)";
        COMPRESS_OFF = "SELECT remove_compression_policy('sample_kept', if_exists => TRUE)::TEXT";
        COMPRESS_ON = "SELECT add_compression_policy('sample_kept', compress_after => $1::BIGINT)::TEXT";
        MINUTE_COMPRESS_OFF = "SELECT remove_compression_policy('sample_minute', if_exists => TRUE)::TEXT";
        MINUTE_COMPRESS_ON = "SELECT add_compression_policy('sample_minute', compress_after => $1::BIGINT)::TEXT";
        RAW_OFF = "SELECT remove_retention_policy('sample_kept', if_exists => TRUE)::TEXT";
        RAW_ON = "SELECT add_retention_policy('sample_kept', drop_after => $1::BIGINT)::TEXT";
        MINUTE_OFF = "SELECT remove_retention_policy('sample_minute', if_exists => TRUE)::TEXT";
        MINUTE_ON = "SELECT add_retention_policy('sample_minute', drop_after => $1::BIGINT)::TEXT";
        HOUR_OFF = "SELECT remove_retention_policy('sample_hour', if_exists => TRUE)::TEXT";
        HOUR_ON = "SELECT add_retention_policy('sample_hour', drop_after => $1::BIGINT)::TEXT";
    }
}
