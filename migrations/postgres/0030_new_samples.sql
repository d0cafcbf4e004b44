-- Where samples arrive. They are written by COPY, without an index that costs time for each row, into one of two tables, and
-- sorted from there into `sample_kept` a little later. BRIN finds a point in them, because every batch comes sorted.

CREATE TABLE sample_a (
    point   INTEGER  NOT NULL,
    ts      BIGINT   NOT NULL,
    value   DOUBLE PRECISION,
    quality SMALLINT NOT NULL
) WITH (autovacuum_enabled = FALSE);
CREATE INDEX sample_a_range ON sample_a USING brin (point, ts) WITH (pages_per_range = 4);

CREATE TABLE sample_b (
    point   INTEGER  NOT NULL,
    ts      BIGINT   NOT NULL,
    value   DOUBLE PRECISION,
    quality SMALLINT NOT NULL
) WITH (autovacuum_enabled = FALSE);
CREATE INDEX sample_b_range ON sample_b USING brin (point, ts) WITH (pages_per_range = 4);

-- Which of the two is written; the other one is older and is being emptied.
CREATE TABLE sample_turn (
    one    BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    active TEXT NOT NULL DEFAULT 'a' CHECK (active IN ('a', 'b'))
);
INSERT INTO sample_turn DEFAULT VALUES;

-- The one hub that may write here, and until when nobody else may.
CREATE TABLE writer_lease (
    one   BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    log   TEXT NOT NULL,
    host  TEXT NOT NULL,
    until TIMESTAMPTZ NOT NULL
);
