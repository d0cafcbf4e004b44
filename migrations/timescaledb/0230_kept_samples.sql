-- The hypertable becomes what is kept; `sample` is that and what has just arrived. The previous version of the program can
-- read it and cannot write it: only one hub writes into a database.

ALTER TABLE sample RENAME TO sample_kept;

-- Every sample, once: where a moment of a point came twice, what came first.
CREATE VIEW sample AS
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
WHERE NOT EXISTS (SELECT 1 FROM sample_kept AS k WHERE k.point = fresh.point AND k.ts = fresh.ts);
