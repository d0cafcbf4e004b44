-- What has just arrived lies in runs: up to 64 samples of 64 neighbouring points, sorted by point and time, as one row of arrays.
-- That costs the server a fifth of what a row for each sample does, and less than half the bytes. `sample_a` and `sample_b`
-- show them as rows again. The previous version of the program can read them and cannot write them: only one hub writes into a
-- database.

CREATE TABLE arrived_a (
    shard       INTEGER            NOT NULL,
    first_point INTEGER            NOT NULL,
    last_point  INTEGER            NOT NULL,
    point       INTEGER[]          NOT NULL,
    ts          BIGINT[]           NOT NULL,
    value       DOUBLE PRECISION[] NOT NULL,
    quality     SMALLINT[]         NOT NULL
) WITH (autovacuum_enabled = FALSE);
CREATE INDEX arrived_a_of ON arrived_a (shard, first_point, last_point);

CREATE TABLE arrived_b (LIKE arrived_a) WITH (autovacuum_enabled = FALSE);
CREATE INDEX arrived_b_of ON arrived_b (shard, first_point, last_point);

INSERT INTO arrived_a
SELECT point / 64, min(point), max(point), array_agg(point ORDER BY n), array_agg(ts ORDER BY n), array_agg(value ORDER BY n),
    array_agg(quality ORDER BY n)
FROM (SELECT *, row_number() OVER (PARTITION BY point / 64 ORDER BY point, ts, ctid) AS n FROM sample_a) AS old
GROUP BY point / 64, (n - 1) / 64;
INSERT INTO arrived_b
SELECT point / 64, min(point), max(point), array_agg(point ORDER BY n), array_agg(ts ORDER BY n), array_agg(value ORDER BY n),
    array_agg(quality ORDER BY n)
FROM (SELECT *, row_number() OVER (PARTITION BY point / 64 ORDER BY point, ts, ctid) AS n FROM sample_b) AS old
GROUP BY point / 64, (n - 1) / 64;

DROP VIEW sample;
DROP TABLE sample_a;
DROP TABLE sample_b;

-- `place` and `nth` tell in which order samples came; with the last three columns runs are left out
-- without looking into them.
CREATE VIEW sample_a AS
SELECT unnest(point) AS point, unnest(ts) AS ts, unnest(value) AS value, unnest(quality) AS quality,
    generate_subscripts(point, 1) AS nth, ctid AS place,
    shard, first_point, last_point FROM arrived_a;
CREATE VIEW sample_b AS
SELECT unnest(point) AS point, unnest(ts) AS ts, unnest(value) AS value, unnest(quality) AS quality,
    generate_subscripts(point, 1) AS nth, ctid AS place,
    shard, first_point, last_point FROM arrived_b;

-- Every sample, once: where a moment of a point came twice, what came first.
CREATE VIEW sample AS
SELECT point, ts, value, quality FROM sample_kept
UNION ALL
SELECT fresh.point, fresh.ts, fresh.value, fresh.quality
FROM (
    SELECT DISTINCT ON (point, ts) point, ts, value, quality
    FROM (
        SELECT *, (SELECT active = 'a' FROM sample_turn) AS newer FROM sample_a
        UNION ALL
        SELECT *, (SELECT active = 'b' FROM sample_turn) AS newer FROM sample_b
    ) AS arrived
    ORDER BY point, ts, newer, place, nth
) AS fresh
WHERE NOT EXISTS (SELECT 1 FROM sample_kept AS k WHERE k.point = fresh.point AND k.ts = fresh.ts);

-- The same of one point and some time, looking only at runs it may be in.
CREATE FUNCTION linepack_samples(INTEGER, BIGINT, BIGINT)
RETURNS TABLE (ts BIGINT, value DOUBLE PRECISION, quality SMALLINT) LANGUAGE sql STABLE AS $$
SELECT k.ts, k.value, k.quality FROM sample_kept AS k WHERE k.point = $1 AND k.ts >= $2 AND k.ts < $3
UNION ALL
SELECT fresh.ts, fresh.value, fresh.quality
FROM (
    SELECT DISTINCT ON (arrived.ts) arrived.ts, arrived.value, arrived.quality
    FROM (
        SELECT *, (SELECT active = 'a' FROM sample_turn) AS newer FROM sample_a 
        WHERE shard = $1 / 64 AND first_point <= $1 AND last_point >= $1
        UNION ALL
        SELECT *, (SELECT active = 'b' FROM sample_turn) AS newer FROM sample_b 
        WHERE shard = $1 / 64 AND first_point <= $1 AND last_point >= $1
    ) AS arrived
    WHERE arrived.point = $1 AND arrived.ts >= $2 AND arrived.ts < $3
    ORDER BY arrived.ts, newer, place, nth
) AS fresh
WHERE NOT EXISTS (SELECT 1 FROM sample_kept AS k WHERE k.point = $1 AND k.ts = fresh.ts)
$$;
