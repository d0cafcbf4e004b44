-- Hand-overs of shifts, every one ever written; `body` is the whole object as JSON.

CREATE TABLE handover (
    no         INTEGER PRIMARY KEY,
    position   TEXT NOT NULL,
    state      TEXT NOT NULL,
    written_ms INTEGER NOT NULL,
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX handover_position ON handover (position, no);
