-- The historian on TimescaleDB: hypertable, compression, continuous aggregates. Their policies follow the settings and are set at every start.

CREATE TABLE sample (
    point   INTEGER  NOT NULL,
    ts      BIGINT   NOT NULL,
    value   DOUBLE PRECISION,
    quality SMALLINT NOT NULL,
    PRIMARY KEY (point, ts)
);
SELECT create_hypertable('sample', 'ts', chunk_time_interval => 604800000::BIGINT, create_default_indexes => FALSE);

CREATE FUNCTION linepack_now_ms() RETURNS BIGINT LANGUAGE sql STABLE AS
    $$ SELECT (extract(epoch FROM now()) * 1000)::BIGINT $$;
SELECT set_integer_now_func('sample', 'linepack_now_ms');

ALTER TABLE sample SET (timescaledb.compress, timescaledb.compress_segmentby = 'point', timescaledb.compress_orderby = 'ts');

CREATE MATERIALIZED VIEW sample_minute WITH (timescaledb.continuous, timescaledb.materialized_only = FALSE) AS
SELECT point,
       time_bucket(60000::BIGINT, ts) AS ts,
       count(value) FILTER (WHERE quality < 32) AS n,
       min(value) FILTER (WHERE quality < 32) AS min,
       first(ts, value) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS min_ts,
       max(value) FILTER (WHERE quality < 32) AS max,
       last(ts, value) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS max_ts,
       first(value, ts) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS first,
       last(value, ts) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS last,
       avg(value) FILTER (WHERE quality < 32) AS mean,
       coalesce(max(quality) FILTER (WHERE quality < 32 AND value IS NOT NULL), max(quality)) AS quality
FROM sample
GROUP BY point, time_bucket(60000::BIGINT, ts)
WITH NO DATA;

CREATE MATERIALIZED VIEW sample_hour WITH (timescaledb.continuous, timescaledb.materialized_only = FALSE) AS
SELECT point,
       time_bucket(3600000::BIGINT, ts) AS ts,
       count(value) FILTER (WHERE quality < 32) AS n,
       min(value) FILTER (WHERE quality < 32) AS min,
       first(ts, value) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS min_ts,
       max(value) FILTER (WHERE quality < 32) AS max,
       last(ts, value) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS max_ts,
       first(value, ts) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS first,
       last(value, ts) FILTER (WHERE quality < 32 AND value IS NOT NULL) AS last,
       avg(value) FILTER (WHERE quality < 32) AS mean,
       coalesce(max(quality) FILTER (WHERE quality < 32 AND value IS NOT NULL), max(quality)) AS quality
FROM sample
GROUP BY point, time_bucket(3600000::BIGINT, ts)
WITH NO DATA;
