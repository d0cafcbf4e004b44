-- What detectors have learned; `body` is the whole object as JSON, `crc` its CRC-32.

CREATE TABLE detector_model (
    alarm TEXT PRIMARY KEY,
    crc   BIGINT NOT NULL,
    body  TEXT NOT NULL
);
