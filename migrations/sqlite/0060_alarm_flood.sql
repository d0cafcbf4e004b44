-- Alarm floods, one row each; those that go on have no end.

CREATE TABLE alarm_flood (
    position    TEXT NOT NULL,
    began_ms    INTEGER NOT NULL,
    ended_ms    INTEGER,
    annunciated INTEGER NOT NULL,
    peak        INTEGER NOT NULL,
    PRIMARY KEY (position, began_ms)
) STRICT;
CREATE INDEX alarm_flood_began ON alarm_flood (began_ms);
