-- Aggregates are weighted by time: a value counts as long as it held. A continuous aggregate cannot look beyond its bucket for
-- the sample that ends it, so from here on the hub makes minutes and hours, as on PostgreSQL alone, in hypertables of its own.
-- What the continuous aggregates had is carried over; their mean is that of the samples.

SET LOCAL statement_timeout = 0;

CREATE TABLE minute_new (
    point    INTEGER  NOT NULL,
    ts       BIGINT   NOT NULL, -- begin of the minute
    n        BIGINT   NOT NULL, -- usable samples
    min      DOUBLE PRECISION,
    min_ts   BIGINT,
    max      DOUBLE PRECISION,
    max_ts   BIGINT,
    first    DOUBLE PRECISION,
    last     DOUBLE PRECISION,
    mean     DOUBLE PRECISION,
    quality  SMALLINT NOT NULL, -- the worst among the usable; bad where there are none
    integral DOUBLE PRECISION,  -- sum of value times the milliseconds it held
    covered  BIGINT,            -- milliseconds in which a usable value held
    PRIMARY KEY (point, ts)
);
CREATE TABLE hour_new (LIKE minute_new INCLUDING ALL);

SELECT create_hypertable('minute_new', 'ts', chunk_time_interval => 2592000000::BIGINT, create_default_indexes => FALSE);
SELECT create_hypertable('hour_new', 'ts', chunk_time_interval => 31536000000::BIGINT, create_default_indexes => FALSE);
SELECT set_integer_now_func('minute_new', 'linepack_now_ms');
SELECT set_integer_now_func('hour_new', 'linepack_now_ms');
ALTER TABLE minute_new SET (timescaledb.compress, timescaledb.compress_segmentby = 'point', timescaledb.compress_orderby = 'ts');
ALTER TABLE hour_new SET (timescaledb.compress, timescaledb.compress_segmentby = 'point', timescaledb.compress_orderby = 'ts');

INSERT INTO minute_new (point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality)
SELECT point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality FROM sample_minute;
INSERT INTO hour_new (point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality)
SELECT point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality FROM sample_hour;

DROP MATERIALIZED VIEW sample_hour;
DROP MATERIALIZED VIEW sample_minute;
ALTER TABLE minute_new RENAME TO sample_minute;
ALTER TABLE hour_new RENAME TO sample_hour;

-- Buckets whose aggregate has to be made (again): `span` is 60000 or 3600000. `onward`: what held at the end of the bucket may
-- have changed, so the next bucket that has a sample is due as well.
CREATE TABLE rollup_due (
    span   INTEGER NOT NULL,
    bucket BIGINT  NOT NULL,
    point  INTEGER NOT NULL,
    onward BOOLEAN NOT NULL DEFAULT TRUE,
    PRIMARY KEY (span, point, bucket)
);
