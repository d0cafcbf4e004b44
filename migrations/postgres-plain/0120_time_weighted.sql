-- Aggregates are weighted by time: a value counts as long as it held. Of rows made before, these two are null and the mean
-- is that of the samples.

ALTER TABLE sample_minute
    ADD COLUMN integral DOUBLE PRECISION, -- sum of value times the milliseconds it held
    ADD COLUMN covered  BIGINT;           -- milliseconds in which a usable value held
ALTER TABLE sample_hour
    ADD COLUMN integral DOUBLE PRECISION,
    ADD COLUMN covered  BIGINT;

-- By point first: a question about one point asks what of it is not made yet. `onward`: what held at the end of the bucket may
-- have changed, so the next bucket that has a sample is due as well.
ALTER TABLE rollup_due
    DROP CONSTRAINT rollup_due_pkey,
    ADD PRIMARY KEY (span, point, bucket),
    ADD COLUMN onward BOOLEAN NOT NULL DEFAULT TRUE;
