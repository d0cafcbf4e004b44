-- Commands to the field, every one ever selected; `body` is the whole object as JSON.

CREATE TABLE command (
    no          INTEGER PRIMARY KEY,
    point       TEXT NOT NULL,
    state       TEXT NOT NULL,
    selected_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX command_live ON command (no) WHERE finished_ms IS NULL;
CREATE INDEX command_point ON command (point, no);
