-- Samples and aggregates in compressed blocks. `level`: 0 samples, 1 minutes, 2 hours. Ordinary rowid tables: a blob in a
-- table without rowid goes to pages of its own.

-- What has come in, of 64 neighbouring points a row (`shard` = point / 64), until enough of it can become blocks.
CREATE TABLE run (
    id      INTEGER PRIMARY KEY,
    level   INTEGER NOT NULL,
    shard   INTEGER NOT NULL,
    from_ts INTEGER NOT NULL,
    to_ts   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    data    BLOB    NOT NULL
) STRICT;
CREATE INDEX run_shard ON run (level, shard);

-- Of one point, in time order, never overlapping; both ends inclusive.
CREATE TABLE block (
    id           INTEGER PRIMARY KEY,
    level        INTEGER NOT NULL,
    point        INTEGER NOT NULL,
    from_ts      INTEGER NOT NULL,
    to_ts        INTEGER NOT NULL,
    n            INTEGER NOT NULL,
    last_value   REAL,
    last_quality INTEGER NOT NULL,
    data         BLOB    NOT NULL
) STRICT;
CREATE INDEX block_point ON block (level, point, to_ts, from_ts, n);
CREATE INDEX block_age ON block (level, to_ts);
