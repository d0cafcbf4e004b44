//! Minutes and hours that the hub makes, on PostgreSQL with TimescaleDB and without.

super::statements! {
    DUE = "SELECT point, bucket, onward FROM rollup_due
        WHERE span = $1 AND (point, bucket) > ($2, $3) AND bucket <= $4 ORDER BY point, bucket LIMIT $5";
    DUE_ADD = "INSERT INTO rollup_due (span, point, bucket, onward)
        SELECT $1, point, bucket, FALSE FROM unnest($2::INTEGER[], $3::BIGINT[]) AS mark (point, bucket)
        ON CONFLICT (span, point, bucket) DO NOTHING";
    DUE_DONE = "DELETE FROM rollup_due AS d USING unnest($2::INTEGER[], $3::BIGINT[]) AS done (point, bucket)
        WHERE d.span = $1 AND d.point = done.point AND d.bucket = done.bucket";
    /// Of each run the samples in it, the one before it and the one behind it; nothing holds longer than ten minutes. The last
    /// two narrow what is looked at to the partitions of all of them.
    SAMPLES_OF = "SELECT run.no, s.ts, s.value, s.quality
        FROM unnest($1::INTEGER[], $2::INTEGER[], $3::BIGINT[], $4::BIGINT[]) AS run (no, point, begin, stop)
        CROSS JOIN LATERAL (
            (SELECT ts, value, quality FROM sample_kept WHERE point = run.point AND ts >= run.begin - 600000
                AND ts < run.begin AND ts >= $5::BIGINT - 600000 ORDER BY ts DESC LIMIT 1)
            UNION ALL
            (SELECT ts, value, quality FROM sample_kept WHERE point = run.point AND ts >= run.begin AND ts < run.stop
                AND ts >= $5::BIGINT AND ts < $6::BIGINT)
            UNION ALL
            (SELECT ts, value, quality FROM sample_kept WHERE point = run.point AND ts >= run.stop
                AND ts < run.stop + 600000 AND ts < $6::BIGINT + 600000 ORDER BY ts LIMIT 1)
        ) AS s
        ORDER BY run.no, s.ts";
    MINUTES_OF = "SELECT m.point, m.ts, m.n, m.min, m.min_ts, m.max, m.max_ts, m.first, m.last, m.mean, m.quality,
            m.integral, m.covered
        FROM unnest($1::INTEGER[], $2::BIGINT[]) AS hour (point, begin)
        JOIN sample_minute AS m ON m.point = hour.point AND m.ts >= hour.begin AND m.ts < hour.begin + 3600000
        ORDER BY m.point, m.ts";
    /// Where nothing was measured and nothing holds any more, nothing is.
    MINUTE_CLEAR = "DELETE FROM sample_minute AS m
        USING unnest($1::INTEGER[], $2::BIGINT[], $3::BIGINT[]) AS run (point, begin, stop)
        WHERE m.point = run.point AND m.ts >= run.begin AND m.ts < run.stop AND m.n = 0";
    HOUR_CLEAR = "DELETE FROM sample_hour AS h
        USING unnest($1::INTEGER[], $2::BIGINT[], $3::BIGINT[]) AS run (point, begin, stop)
        WHERE h.point = run.point AND h.ts >= run.begin AND h.ts < run.stop AND h.n = 0";
    /// Raw samples only go, so an aggregate of fewer than it was made of before was made of what retention left over.
    MINUTE_PUT = "INSERT INTO sample_minute
            (point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality, integral, covered)
        SELECT * FROM unnest($1::INTEGER[], $2::BIGINT[], $3::BIGINT[], $4::DOUBLE PRECISION[], $5::BIGINT[],
            $6::DOUBLE PRECISION[], $7::BIGINT[], $8::DOUBLE PRECISION[], $9::DOUBLE PRECISION[],
            $10::DOUBLE PRECISION[], $11::SMALLINT[], $12::DOUBLE PRECISION[], $13::BIGINT[])
        ON CONFLICT (point, ts) DO UPDATE SET n = excluded.n, min = excluded.min, min_ts = excluded.min_ts,
            max = excluded.max, max_ts = excluded.max_ts, first = excluded.first, last = excluded.last,
            mean = excluded.mean, quality = excluded.quality, integral = excluded.integral, covered = excluded.covered
        WHERE excluded.n >= sample_minute.n";
    HOUR_PUT = "INSERT INTO sample_hour
            (point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality, integral, covered)
        SELECT * FROM unnest($1::INTEGER[], $2::BIGINT[], $3::BIGINT[], $4::DOUBLE PRECISION[], $5::BIGINT[],
            $6::DOUBLE PRECISION[], $7::BIGINT[], $8::DOUBLE PRECISION[], $9::DOUBLE PRECISION[],
            $10::DOUBLE PRECISION[], $11::SMALLINT[], $12::DOUBLE PRECISION[], $13::BIGINT[])
        ON CONFLICT (point, ts) DO UPDATE SET n = excluded.n, min = excluded.min, min_ts = excluded.min_ts,
            max = excluded.max, max_ts = excluded.max_ts, first = excluded.first, last = excluded.last,
            mean = excluded.mean, quality = excluded.quality, integral = excluded.integral, covered = excluded.covered
        WHERE excluded.n >= sample_hour.n";
    /// Minutes of a point that the stored ones do not know all of: marked, or only just arrived.
    MINUTES_UNKNOWN = "SELECT bucket FROM rollup_due
            WHERE span = 60000 AND point = $1 AND bucket >= $2 AND bucket < $3
        UNION SELECT ts - ((ts % 60000) + 60000) % 60000 FROM sample_a
            WHERE shard = $1 / 64 AND first_point <= $1 AND last_point >= $1
                AND point = $1 AND ts >= $2 AND ts < $3
        UNION SELECT ts - ((ts % 60000) + 60000) % 60000 FROM sample_b
            WHERE shard = $1 / 64 AND first_point <= $1 AND last_point >= $1
                AND point = $1 AND ts >= $2 AND ts < $3
        ORDER BY 1";
    HOURS_DUE = "SELECT bucket FROM rollup_due
        WHERE span = 3600000 AND point = $1 AND bucket >= $2 AND bucket < $3 ORDER BY bucket";
}
