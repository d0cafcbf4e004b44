-- Alarm floods, one row each; those that go on have no end.

CREATE TABLE alarm_flood (
    position    TEXT NOT NULL,
    began_ms    BIGINT NOT NULL,
    ended_ms    BIGINT,
    annunciated BIGINT NOT NULL,
    peak        BIGINT NOT NULL,
    PRIMARY KEY (position, began_ms)
);
CREATE INDEX alarm_flood_began ON alarm_flood (began_ms);
