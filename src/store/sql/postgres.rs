//! What only PostgreSQL understands; [`plain`] without, [`timescale`] with TimescaleDB.

super::statements! {
    POINTS_ADD = "INSERT INTO point (name) SELECT n FROM unnest($1::TEXT[]) AS n
        WHERE NOT EXISTS (SELECT 1 FROM point WHERE name = n) ON CONFLICT (name) DO NOTHING";
    COPY_A = "COPY arrived_a (shard, first_point, last_point, point, ts, value, quality) FROM STDIN WITH (FORMAT binary)";
    COPY_B = "COPY arrived_b (shard, first_point, last_point, point, ts, value, quality) FROM STDIN WITH (FORMAT binary)";
    ADD_A = "INSERT INTO arrived_a (shard, first_point, last_point, point, ts, value, quality)
        SELECT point / 64, min(point), max(point), array_agg(point ORDER BY n), array_agg(ts ORDER BY n), array_agg(value ORDER BY n),
            array_agg(quality ORDER BY n)
        FROM unnest($1::INTEGER[], $2::BIGINT[], $3::DOUBLE PRECISION[], $4::SMALLINT[])
            WITH ORDINALITY AS s (point, ts, value, quality, n) GROUP BY point / 64, (n - 1) / 64";
    ADD_B = "INSERT INTO arrived_b (shard, first_point, last_point, point, ts, value, quality)
        SELECT point / 64, min(point), max(point), array_agg(point ORDER BY n), array_agg(ts ORDER BY n), array_agg(value ORDER BY n),
            array_agg(quality ORDER BY n)
        FROM unnest($1::INTEGER[], $2::BIGINT[], $3::DOUBLE PRECISION[], $4::SMALLINT[])
            WITH ORDINALITY AS s (point, ts, value, quality, n) GROUP BY point / 64, (n - 1) / 64";
    /// Which table is written; it stays so until the transaction ends.
    TURN_HOLD = "SELECT active FROM sample_turn FOR SHARE";
    /// Which table is written, and the pages of both.
    TURN = "SELECT active, pg_relation_size('arrived_a') / current_setting('block_size')::BIGINT,
        pg_relation_size('arrived_b') / current_setting('block_size')::BIGINT FROM sample_turn";
    TURN_PASS = "UPDATE sample_turn SET active = $1";
    /// Sorted in, and the minutes of what is new are marked.
    KEEP_A = "WITH kept AS (
            INSERT INTO sample_kept (point, ts, value, quality)
            SELECT point, ts, value, quality FROM sample_a WHERE place >= $1::TEXT::TID AND place < $2::TEXT::TID
            ORDER BY point, ts, place, nth ON CONFLICT (point, ts) DO NOTHING RETURNING point, ts)
        INSERT INTO rollup_due (span, point, bucket)
        SELECT DISTINCT 60000, point, ts - ((ts % 60000) + 60000) % 60000 FROM kept
        ON CONFLICT (span, point, bucket) DO UPDATE SET onward = TRUE WHERE NOT rollup_due.onward";
    KEEP_B = "WITH kept AS (
            INSERT INTO sample_kept (point, ts, value, quality)
            SELECT point, ts, value, quality FROM sample_b WHERE place >= $1::TEXT::TID AND place < $2::TEXT::TID
            ORDER BY point, ts, place, nth ON CONFLICT (point, ts) DO NOTHING RETURNING point, ts)
        INSERT INTO rollup_due (span, point, bucket)
        SELECT DISTINCT 60000, point, ts - ((ts % 60000) + 60000) % 60000 FROM kept
        ON CONFLICT (span, point, bucket) DO UPDATE SET onward = TRUE WHERE NOT rollup_due.onward";
    /// Who asks a long question is not waited for.
    SHORT_WAIT = "SELECT set_config('lock_timeout', '200ms', TRUE)";
    EMPTY_A = "TRUNCATE arrived_a";
    EMPTY_B = "TRUNCATE arrived_b";
    LEASE_TAKE = "INSERT INTO writer_lease (log, host, until) VALUES ($1, $2, now() + INTERVAL '30 seconds')
        ON CONFLICT (one) DO UPDATE SET log = excluded.log, host = excluded.host, until = excluded.until
        WHERE writer_lease.log = excluded.log OR writer_lease.until < now()";
    LEASE_KEEP = "UPDATE writer_lease SET until = now() + INTERVAL '30 seconds' WHERE log = $1";
    LEASE_HOLDER = "SELECT host, greatest(0, ceil(extract(epoch FROM until - now())))::BIGINT FROM writer_lease";
    LEASE_END = "DELETE FROM writer_lease WHERE log = $1";
    /// A value holds for ten minutes at most: the last sample is not eleven minutes older than the last minute that was made.
    LAST_VALUES = "WITH arrived AS MATERIALIZED (
            SELECT DISTINCT ON (point) point, ts, value, quality FROM (
                SELECT *, (SELECT active = 'a' FROM sample_turn) AS newer FROM sample_a
                UNION ALL
                SELECT *, (SELECT active = 'b' FROM sample_turn) AS newer FROM sample_b) AS both_tables
            ORDER BY point, ts DESC, newer, place, nth)
        SELECT p.name, s.ts, s.value, s.quality FROM point AS p LEFT JOIN arrived AS a ON a.point = p.id
        CROSS JOIN LATERAL (SELECT coalesce(
            (SELECT ts FROM sample_minute WHERE point = p.id ORDER BY ts DESC LIMIT 1) - 660000,
            '-9223372036854775808'::BIGINT) AS since OFFSET 0) AS made
        CROSS JOIN LATERAL (
            (SELECT FALSE AS fresh, ts, value, quality FROM sample_kept
                WHERE point = p.id AND ts >= made.since ORDER BY ts DESC LIMIT 1)
            UNION ALL SELECT TRUE, a.ts, a.value, a.quality WHERE a.ts IS NOT NULL
            ORDER BY ts DESC, fresh LIMIT 1
        ) AS s";
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
        /// Whether rows can be compressed while they come, whether the table has a key, and bytes of rows that are not
        /// compressed.
        DIRECT = "SELECT current_setting('timescaledb.enable_direct_compress_insert', TRUE) IS NOT NULL
                AND current_setting('timescaledb.enable_direct_compress_insert_sort_batches', TRUE) IS NOT NULL,
            EXISTS (SELECT 1 FROM pg_index WHERE indrelid = 'sample_kept'::regclass AND indisunique),
            (SELECT coalesce(sum(pg_relation_size(chunk)), 0)::BIGINT FROM show_chunks('sample_kept') AS chunk)";
        KEY_OFF = "ALTER TABLE sample_kept DROP CONSTRAINT IF EXISTS sample_pkey";
        INDEX_ON = "CREATE INDEX IF NOT EXISTS sample_kept_at ON sample_kept (point, ts)";
        /// For statements that go through millions of rows. How many of them are kept already is guessed a thousandfold too
        /// high: sorting both sides for it would take longer than all the rest.
        PATIENCE = "SELECT set_config('statement_timeout', '600000', TRUE), set_config('work_mem', '64MB', TRUE),
            set_config('enable_mergejoin', 'off', TRUE)";
        FRESH_EMPTY = "TRUNCATE sample_fresh";
        FRESH_A = "INSERT INTO sample_fresh (point, ts, value, quality)
            SELECT DISTINCT ON (point, ts) point, ts, value, quality FROM sample_a
            WHERE place >= $1::TEXT::TID AND place < $2::TEXT::TID ORDER BY point, ts, place, nth";
        FRESH_B = "INSERT INTO sample_fresh (point, ts, value, quality)
            SELECT DISTINCT ON (point, ts) point, ts, value, quality FROM sample_b
            WHERE place >= $1::TEXT::TID AND place < $2::TEXT::TID ORDER BY point, ts, place, nth";
        /// First and last moment and number of points for each `$1` ms.
        FRESH_SPANS = "SELECT min(oldest), max(newest), count(*) FROM (
                SELECT ts - ((ts % $1) + $1) % $1 AS chunk, min(ts) AS oldest, max(ts) AS newest FROM sample_fresh
                GROUP BY chunk, point) AS segment GROUP BY chunk ORDER BY 1";
        /// Leaves out what is kept already. Ten minutes of a point are looked up at a time.
        FRESH_KNOWN = "DELETE FROM sample_fresh AS fresh USING (
                SELECT span.point, k.ts FROM (
                    SELECT point, min(ts) AS oldest, max(ts) AS newest FROM sample_fresh
                    WHERE ts >= $1 AND ts <= $2 GROUP BY point, ts / 600000
                ) AS span CROSS JOIN LATERAL (
                    SELECT ts FROM sample_kept WHERE point = span.point AND ts >= span.oldest AND ts <= span.newest
                        AND ts >= $1 AND ts <= $2 OFFSET 0
                ) AS k
            ) AS known WHERE fresh.point = known.point AND fresh.ts = known.ts";
        /// Marks the minutes of what is new.
        FRESH_MARK = "INSERT INTO rollup_due (span, point, bucket)
            SELECT DISTINCT 60000, point, ts - ((ts % 60000) + 60000) % 60000 FROM sample_fresh
            ON CONFLICT (span, point, bucket) DO UPDATE SET onward = TRUE WHERE NOT rollup_due.onward";
        /// Rows come sorted and are not sorted again. Not `client_sorted`: that would promise that no batch of any other
        /// transaction overlaps, and small batches would not be joined by the policy.
        DIRECT_SET = "SELECT set_config('timescaledb.enable_direct_compress_insert', $1, TRUE),
            set_config('timescaledb.enable_direct_compress_insert_sort_batches', 'off', TRUE)";
        /// By chunks, because each change of the chunk ends a batch.
        FRESH_KEEP = "INSERT INTO sample_kept (point, ts, value, quality)
            SELECT point, ts, value, quality FROM sample_fresh ORDER BY ts - ((ts % $1) + $1) % $1, point, ts";
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
