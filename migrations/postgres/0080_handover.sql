-- Hand-overs of shifts, every one ever written; `body` is the whole object as JSON.

CREATE TABLE handover (
    no         bigint PRIMARY KEY,
    position   text NOT NULL,
    state      text NOT NULL,
    written_ms bigint NOT NULL,
    body       text NOT NULL
);
CREATE INDEX handover_position ON handover (position, no);
