-- Where TimescaleDB compresses while rows come, `sample_kept` has no key, and what is sorted in is looked up before. Here lies
-- what one transaction sorts in; who empties it is alone until it has committed.
CREATE UNLOGGED TABLE sample_fresh (
    point   INTEGER  NOT NULL,
    ts      BIGINT   NOT NULL,
    value   DOUBLE PRECISION,
    quality SMALLINT NOT NULL
) WITH (autovacuum_enabled = FALSE);

-- The same rows as before. Whether one is kept already is asked row by row: a join would unpack all that is kept of a point.
CREATE OR REPLACE VIEW sample AS
SELECT point, ts, value, quality FROM sample_kept
UNION ALL
SELECT fresh.point, fresh.ts, fresh.value, fresh.quality
FROM (
    SELECT DISTINCT ON (point, ts) point, ts, value, quality
    FROM (
        SELECT point, ts, value, quality, ctid AS place, (SELECT active = 'a' FROM sample_turn) AS newer FROM sample_a
        UNION ALL
        SELECT point, ts, value, quality, ctid AS place, (SELECT active = 'b' FROM sample_turn) AS newer FROM sample_b
    ) AS arrived
    ORDER BY point, ts, newer, place
) AS fresh
LEFT JOIN LATERAL (
    SELECT TRUE AS there FROM sample_kept AS k WHERE k.point = fresh.point AND k.ts = fresh.ts LIMIT 1
) AS kept ON TRUE
WHERE kept.there IS NOT TRUE;
