-- Values that people entered, and what was put in place of measured ones. `body` is the whole object as JSON.

CREATE TABLE entry (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    point    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    value    DOUBLE PRECISION,
    value_ms BIGINT NOT NULL,
    until_ms BIGINT,
    reason   TEXT NOT NULL,
    actor    TEXT NOT NULL,
    address  TEXT,
    ts_ms    BIGINT NOT NULL
);
CREATE INDEX entry_point ON entry (point, id);

-- Substitutes that stand.
CREATE TABLE substitute (
    point TEXT PRIMARY KEY,
    body  TEXT NOT NULL
);
