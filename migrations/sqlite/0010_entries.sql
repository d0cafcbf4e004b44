-- Values that people entered, and what was put in place of measured ones. `body` is the whole object as JSON.

CREATE TABLE entry (
    id       INTEGER PRIMARY KEY,
    point    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    value    REAL,
    value_ms INTEGER NOT NULL,
    until_ms INTEGER,
    reason   TEXT NOT NULL,
    actor    TEXT NOT NULL,
    address  TEXT,
    ts_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_point ON entry (point, id);

-- Substitutes that stand.
CREATE TABLE substitute (
    point TEXT PRIMARY KEY,
    body  TEXT NOT NULL
) STRICT;
