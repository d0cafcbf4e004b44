-- Times are milliseconds since the epoch, UTC. `body` is the whole object as JSON; the columns beside it are for searching.

CREATE TABLE point (
    id   INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- How far this database has the log: what is not above `position` is in the tables, exactly once.
CREATE TABLE log_position (
    log      TEXT PRIMARY KEY,
    position BIGINT NOT NULL
);

-- Samples that were lost because the disk queue was full.
CREATE TABLE gap (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_ms  BIGINT NOT NULL,
    to_ms    BIGINT NOT NULL,
    samples  BIGINT NOT NULL
);

CREATE TABLE alarm_state (
    alarm TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    body  TEXT NOT NULL
);

CREATE TABLE alarm_journal (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm      TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    cause      TEXT NOT NULL,
    actor      TEXT,
    address    TEXT,
    reason     TEXT,
    value      DOUBLE PRECISION,
    limit_value DOUBLE PRECISION,
    quality    TEXT NOT NULL,
    source_ms  BIGINT NOT NULL,
    ts_ms      BIGINT NOT NULL
);
CREATE INDEX alarm_journal_ts ON alarm_journal (ts_ms);
CREATE INDEX alarm_journal_alarm ON alarm_journal (alarm, id);

CREATE TABLE incident (
    no        BIGINT PRIMARY KEY,
    state     TEXT NOT NULL,
    opened_ms BIGINT NOT NULL,
    closed_ms BIGINT,
    body      TEXT NOT NULL
);
CREATE INDEX incident_open ON incident (no) WHERE closed_ms IS NULL;

CREATE TABLE assignment (
    no       BIGINT PRIMARY KEY,
    incident BIGINT NOT NULL,
    crew     TEXT NOT NULL,
    state    TEXT NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX assignment_incident ON assignment (incident, no);

CREATE TABLE crew (
    id     TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    body   TEXT NOT NULL
);

CREATE TABLE timeline (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident BIGINT NOT NULL,
    ts_ms    BIGINT NOT NULL,
    by_whom  TEXT NOT NULL,
    event    TEXT NOT NULL,
    detail   TEXT NOT NULL
);
CREATE INDEX timeline_incident ON timeline (incident, id);

CREATE TABLE account (
    name       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    crew       TEXT,
    created_ms BIGINT NOT NULL,
    password   TEXT NOT NULL
);

-- Secrets are stored as their SHA-256 only.
CREATE TABLE session (
    token_sha256 BYTEA PRIMARY KEY,
    account      TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    created_ms   BIGINT NOT NULL,
    expires_ms   BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires_ms);

CREATE TABLE token (
    name         TEXT PRIMARY KEY,
    token_sha256 BYTEA NOT NULL UNIQUE,
    role         TEXT NOT NULL,
    crew         TEXT,
    created_ms   BIGINT NOT NULL
);

-- Who changed accounts and tokens.
CREATE TABLE audit (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ts_ms  BIGINT NOT NULL,
    action TEXT NOT NULL,
    name   TEXT NOT NULL
);
