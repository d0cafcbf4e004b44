-- The weekly partitions become what is kept; `sample` is that and what has just arrived. The previous version of the program can
-- read it and cannot write it: only one hub writes into a database.

ALTER TABLE sample RENAME TO sample_kept;

CREATE OR REPLACE FUNCTION linepack_make_week(week BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    name TEXT := 'sample_w' || week;
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN FALSE;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE sample_kept INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM sample_other WHERE ts >= $1 AND ts < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved', name)
        USING week, week + 604800000;
    EXECUTE format('ALTER TABLE sample_kept ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, week, week + 604800000);
    RETURN TRUE;
END $$;

CREATE OR REPLACE FUNCTION linepack_drop_before(before BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    part TEXT;
    dropped BIGINT := 0;
BEGIN
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'sample_kept'::regclass AND c.relname ~ '^sample_w-?[0-9]+$'
          AND substr(c.relname, 9)::BIGINT + 604800000 <= before
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

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
