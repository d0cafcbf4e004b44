-- Settings of alarms that stand otherwise than in the site folder. `body` is the whole object as JSON.

CREATE TABLE alarm_setting (
    alarm   TEXT NOT NULL,
    setting TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (alarm, setting)
) STRICT;
