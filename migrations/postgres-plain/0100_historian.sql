-- The historian on PostgreSQL alone: weekly partitions, aggregates kept by the hub.

CREATE TABLE sample (
    point   INTEGER  NOT NULL,
    ts      BIGINT   NOT NULL,
    value   DOUBLE PRECISION,
    quality SMALLINT NOT NULL,
    PRIMARY KEY (point, ts)
) PARTITION BY RANGE (ts);

-- What lies outside the weeks that have partitions: broken clocks, imports.
CREATE TABLE sample_other PARTITION OF sample DEFAULT;

-- Makes the partition of a week (milliseconds, a multiple of 604800000) unless it is there; moves into it what has gone to
-- the default partition meanwhile.
CREATE FUNCTION linepack_make_week(week BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    name TEXT := 'sample_w' || week;
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN FALSE;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE sample INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM sample_other WHERE ts >= $1 AND ts < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved', name)
        USING week, week + 604800000;
    EXECUTE format('ALTER TABLE sample ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, week, week + 604800000);
    RETURN TRUE;
END $$;

-- Drops the partitions that end at or before a time.
CREATE FUNCTION linepack_drop_before(before BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    part TEXT;
    dropped BIGINT := 0;
BEGIN
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'sample'::regclass AND c.relname ~ '^sample_w-?[0-9]+$'
          AND substr(c.relname, 9)::BIGINT + 604800000 <= before
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

CREATE TABLE sample_minute (
    point   INTEGER  NOT NULL,
    ts      BIGINT   NOT NULL, -- begin of the minute
    n       BIGINT   NOT NULL, -- usable samples
    min     DOUBLE PRECISION,
    min_ts  BIGINT,
    max     DOUBLE PRECISION,
    max_ts  BIGINT,
    first   DOUBLE PRECISION,
    last    DOUBLE PRECISION,
    mean    DOUBLE PRECISION,
    quality SMALLINT NOT NULL, -- the worst among the usable; bad where there are none
    PRIMARY KEY (point, ts)
);

CREATE TABLE sample_hour (
    point   INTEGER  NOT NULL,
    ts      BIGINT   NOT NULL, -- begin of the hour
    n       BIGINT   NOT NULL, -- usable samples
    min     DOUBLE PRECISION,
    min_ts  BIGINT,
    max     DOUBLE PRECISION,
    max_ts  BIGINT,
    first   DOUBLE PRECISION,
    last    DOUBLE PRECISION,
    mean    DOUBLE PRECISION,
    quality SMALLINT NOT NULL, -- the worst among the usable; bad where there are none
    PRIMARY KEY (point, ts)
);

-- Buckets whose aggregate has to be made (again): `span` is 60000 or 3600000.
CREATE TABLE rollup_due (
    span   INTEGER NOT NULL,
    bucket BIGINT  NOT NULL,
    point  INTEGER NOT NULL,
    PRIMARY KEY (span, bucket, point)
);
