//! What only PostgreSQL understands; [`plain`] without, [`timescale`] with TimescaleDB.

super::statements! {
    POINTS_ADD = "INSERT INTO point (name) SELECT n FROM unnest($1::TEXT[]) AS n
        WHERE NOT EXISTS (SELECT 1 FROM point WHERE name = n) ON CONFLICT (name) DO NOTHING";
    SAMPLES_ADD = "INSERT INTO sample (point, ts, value, quality)
        SELECT * FROM unnest($1::INTEGER[], $2::BIGINT[], $3::DOUBLE PRECISION[], $4::SMALLINT[])
        ON CONFLICT (point, ts) DO NOTHING";
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
        DUE_ADD_MANY = "INSERT INTO rollup_due (span, bucket, point)
            SELECT 60000, * FROM unnest($1::BIGINT[], $2::INTEGER[]) ON CONFLICT (span, bucket, point) DO NOTHING";
        IS_PLAIN = "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('sample')
            AND inhrelid = to_regclass('sample_other')";
        MAKE_WEEK = "SELECT linepack_make_week($1)";
        DROP_BEFORE = "SELECT linepack_drop_before($1)";
        OTHER_EXPIRE = "DELETE FROM sample_other WHERE ts < $1";
    }
}

/// The historian with TimescaleDB.
pub(in crate::store) mod timescale {
    super::super::statements! {
        /// From where raw samples are kept: made again without them, an aggregate would be empty.
        MINUTE_REFRESH = "CALL refresh_continuous_aggregate('sample_minute', $1::BIGINT, NULL)";
        HOUR_REFRESH = "CALL refresh_continuous_aggregate('sample_hour', $1::BIGINT, NULL)";
        RAW_DROP = "SELECT count(*) FROM drop_chunks('sample', older_than => $1::BIGINT)";
        MINUTE_DROP = "SELECT count(*) FROM drop_chunks('sample_minute', older_than => $1::BIGINT)";
        HOUR_DROP = "SELECT count(*) FROM drop_chunks('sample_hour', older_than => $1::BIGINT)";
        COMPRESS_OFF = "SELECT remove_compression_policy('sample', if_exists => TRUE)::TEXT";
        COMPRESS_ON = "SELECT add_compression_policy('sample', compress_after => $1::BIGINT)::TEXT";
        RAW_OFF = "SELECT remove_retention_policy('sample', if_exists => TRUE)::TEXT";
        RAW_ON = "SELECT add_retention_policy('sample', drop_after => $1::BIGINT)::TEXT";
        MINUTE_OFF = "SELECT remove_retention_policy('sample_minute', if_exists => TRUE)::TEXT";
        MINUTE_ON = "SELECT add_retention_policy('sample_minute', drop_after => $1::BIGINT)::TEXT";
        HOUR_OFF = "SELECT remove_retention_policy('sample_hour', if_exists => TRUE)::TEXT";
        HOUR_ON = "SELECT add_retention_policy('sample_hour', drop_after => $1::BIGINT)::TEXT";
        MINUTE_MAKE_OFF = "SELECT remove_continuous_aggregate_policy('sample_minute', if_exists => TRUE)::TEXT";
        MINUTE_MAKE_ON = "SELECT add_continuous_aggregate_policy('sample_minute', start_offset => $1::BIGINT,
            end_offset => 120000::BIGINT, schedule_interval => INTERVAL '1 minute')::TEXT";
        HOUR_MAKE_OFF = "SELECT remove_continuous_aggregate_policy('sample_hour', if_exists => TRUE)::TEXT";
        HOUR_MAKE_ON = "SELECT add_continuous_aggregate_policy('sample_hour', start_offset => $1::BIGINT,
            end_offset => 7200000::BIGINT, schedule_interval => INTERVAL '30 minutes')::TEXT";
    }
}
