-- Times are milliseconds since the epoch, UTC. `body` is the whole object as JSON; the columns beside it are for searching.

CREATE TABLE point (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- How far this database has the log: what is not above `position` is in the tables, exactly once.
CREATE TABLE log_position (
    log      TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

-- Samples that were lost because the disk queue was full.
CREATE TABLE gap (
    id       INTEGER PRIMARY KEY,
    from_ms  INTEGER NOT NULL,
    to_ms    INTEGER NOT NULL,
    samples  INTEGER NOT NULL
) STRICT;

CREATE TABLE alarm_state (
    alarm TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    body  TEXT NOT NULL
) STRICT;

CREATE TABLE alarm_journal (
    id         INTEGER PRIMARY KEY,
    alarm      TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    cause      TEXT NOT NULL,
    actor      TEXT,
    address    TEXT,
    reason     TEXT,
    value      REAL,
    limit_value REAL,
    quality    TEXT NOT NULL,
    source_ms  INTEGER NOT NULL,
    ts_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX alarm_journal_ts ON alarm_journal (ts_ms);
CREATE INDEX alarm_journal_alarm ON alarm_journal (alarm, id);

CREATE TABLE incident (
    no        INTEGER PRIMARY KEY,
    state     TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    body      TEXT NOT NULL
) STRICT;
CREATE INDEX incident_open ON incident (no) WHERE closed_ms IS NULL;

CREATE TABLE assignment (
    no       INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL,
    crew     TEXT NOT NULL,
    state    TEXT NOT NULL,
    body     TEXT NOT NULL
) STRICT;
CREATE INDEX assignment_incident ON assignment (incident, no);

CREATE TABLE crew (
    id     TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;

CREATE TABLE timeline (
    id       INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL,
    ts_ms    INTEGER NOT NULL,
    by_whom  TEXT NOT NULL,
    event    TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_incident ON timeline (incident, id);

CREATE TABLE account (
    name       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    crew       TEXT,
    created_ms INTEGER NOT NULL,
    password   TEXT NOT NULL
) STRICT;

-- Secrets are stored as their SHA-256 only.
CREATE TABLE session (
    token_sha256 BLOB PRIMARY KEY,
    account      TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    created_ms   INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires_ms);

CREATE TABLE token (
    name         TEXT PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE,
    role         TEXT NOT NULL,
    crew         TEXT,
    created_ms   INTEGER NOT NULL
) STRICT;

-- Who changed accounts and tokens.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    ts_ms  INTEGER NOT NULL,
    action TEXT NOT NULL,
    name   TEXT NOT NULL
) STRICT;

CREATE TABLE sample (
    point   INTEGER NOT NULL,
    ts      INTEGER NOT NULL,
    value   REAL,
    quality INTEGER NOT NULL,
    PRIMARY KEY (point, ts)
) WITHOUT ROWID, STRICT;

CREATE TABLE sample_minute (
    point   INTEGER  NOT NULL,
    ts      INTEGER   NOT NULL, -- begin of the minute
    n       INTEGER   NOT NULL, -- usable samples
    min     REAL,
    min_ts  INTEGER,
    max     REAL,
    max_ts  INTEGER,
    first   REAL,
    last    REAL,
    mean    REAL,
    quality INTEGER NOT NULL, -- the worst among the usable; bad where there are none
    PRIMARY KEY (point, ts)
) WITHOUT ROWID, STRICT;

CREATE TABLE sample_hour (
    point   INTEGER  NOT NULL,
    ts      INTEGER   NOT NULL, -- begin of the hour
    n       INTEGER   NOT NULL, -- usable samples
    min     REAL,
    min_ts  INTEGER,
    max     REAL,
    max_ts  INTEGER,
    first   REAL,
    last    REAL,
    mean    REAL,
    quality INTEGER NOT NULL, -- the worst among the usable; bad where there are none
    PRIMARY KEY (point, ts)
) WITHOUT ROWID, STRICT;

-- Buckets whose aggregate has to be made (again): `span` is 60000 or 3600000.
CREATE TABLE rollup_due (
    span   INTEGER NOT NULL,
    bucket INTEGER  NOT NULL,
    point  INTEGER NOT NULL,
    PRIMARY KEY (span, bucket, point)
) WITHOUT ROWID, STRICT;
