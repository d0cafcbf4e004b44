//! What only SQLite understands.

super::statements! {
    /// New names out of a JSON array.
    POINTS_ADD = "INSERT INTO point (name) SELECT value FROM json_each($1) WHERE true ON CONFLICT (name) DO NOTHING";
    POINT_LAST = "SELECT coalesce(max(id), 0) FROM point";
    /// `id name` a line: a million rows cost the driver seconds, one text does not.
    POINT_LINES = "SELECT coalesce(group_concat(id || ' ' || name, char(10)), '') FROM point WHERE id >= $1 AND id < $2";
    BEGIN = "BEGIN IMMEDIATE";
    /// Where a point's first block of a range begins.
    BLOCK_FIRST = "SELECT from_ts FROM block
        WHERE level = $1 AND point = $2 AND to_ts >= $3 AND from_ts < $4 ORDER BY to_ts LIMIT 1";
    RUN_ADD = "INSERT INTO run (level, shard, from_ts, to_ts, n, data) VALUES (?, ?, ?, ?, ?, ?)";
    /// Each statement is a way to SQLite's thread and back.
    RUN_ADD_8 = "INSERT INTO run (level, shard, from_ts, to_ts, n, data) VALUES
        (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?),
        (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)";
    RUNS = "SELECT shard, count(*), sum(n), min(from_ts) FROM run WHERE level = $1 GROUP BY shard";
    RUNS_OF = "SELECT id, data FROM run WHERE level = $1 AND shard = $2 ORDER BY id";
    RUNS_IN = "SELECT data FROM run WHERE level = $1 AND shard = $2 AND to_ts >= $3 AND from_ts < $4 ORDER BY id";
    /// Of neighbouring shards.
    RUNS_OF_SOME = "SELECT data FROM run WHERE level = $1 AND shard >= $2 AND shard < $3 ORDER BY shard, id";
    RUNS_DELETE = "DELETE FROM run WHERE level = $1 AND shard = $2";
    /// What cannot be read stays for people.
    RUN_ASIDE = "UPDATE run SET level = level + 100 WHERE id = $1";
    BLOCK_ASIDE = "UPDATE block SET level = level + 100 WHERE id = $1";
    BLOCK_ADD = "INSERT INTO block (level, point, from_ts, to_ts, n, last_value, last_quality, data)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    BLOCK_ADD_8 = "INSERT INTO block (level, point, from_ts, to_ts, n, last_value, last_quality, data) VALUES
        (?, ?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?, ?),
        (?, ?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?, ?)";
    BLOCKS = "SELECT to_ts, data FROM block
        WHERE level = $1 AND point = $2 AND to_ts >= $3 AND from_ts < $4 ORDER BY to_ts LIMIT $5";
    /// How many rows lie in the first blocks of a range.
    BLOCKS_COUNT = "SELECT coalesce(sum(n), 0) FROM (SELECT n FROM block
        WHERE level = $1 AND point = $2 AND to_ts >= $3 AND from_ts < $4 ORDER BY to_ts LIMIT $5)";
    BLOCK_ANY = "SELECT EXISTS (SELECT 1 FROM block WHERE level = $1)";
    BLOCK_TAILS = "SELECT p.id, b.to_ts, b.last_value, b.last_quality FROM point p
        JOIN block b ON b.id = (SELECT id FROM block WHERE level = $1 AND point = p.id ORDER BY to_ts DESC LIMIT 1)
        WHERE p.id >= $2 AND p.id < $3";
    BLOCK_TAIL = "SELECT to_ts FROM block WHERE level = $1 AND point = $2 ORDER BY to_ts DESC LIMIT 1";
    /// The block that a span belongs to.
    BLOCK_FROM = "SELECT id, from_ts, to_ts, data FROM block
        WHERE level = $1 AND point = $2 AND to_ts >= $3 ORDER BY to_ts LIMIT 1";
    BLOCK_BEFORE = "SELECT to_ts, last_value, last_quality FROM block
        WHERE level = $1 AND point = $2 AND to_ts < $3 ORDER BY to_ts DESC LIMIT 1";
    BLOCK_AFTER = "SELECT from_ts FROM block WHERE level = $1 AND point = $2 AND to_ts > $3 ORDER BY to_ts LIMIT 1";
    BLOCK_DELETE = "DELETE FROM block WHERE id = $1";
    BLOCKS_EXPIRE = "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE level = $1 AND to_ts < $2 LIMIT $3)";

    /// The first version's tables.
    OLD_SAMPLES = "SELECT point, ts, value, quality FROM sample ORDER BY point, ts LIMIT $1";
    OLD_SAMPLES_OF = "SELECT ts, value, quality FROM sample WHERE point = $1 AND ts >= $2 AND ts < $3 ORDER BY ts";
    OLD_SAMPLES_DELETE = "DELETE FROM sample WHERE (point, ts) <= ($1, $2)";
    OLD_MINUTES = "SELECT point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality FROM sample_minute
        ORDER BY point, ts LIMIT $1";
    OLD_MINUTES_DELETE = "DELETE FROM sample_minute WHERE (point, ts) <= ($1, $2)";
    OLD_HOURS = "SELECT point, ts, n, min, min_ts, max, max_ts, first, last, mean, quality FROM sample_hour
        ORDER BY point, ts LIMIT $1";
    OLD_HOURS_DELETE = "DELETE FROM sample_hour WHERE (point, ts) <= ($1, $2)";
    OLD_LAST = "SELECT point, max(ts), value, quality FROM sample GROUP BY point";

    /// Commits after this are on the disk before they return; what was committed before is, too.
    SYNC_FULL = "PRAGMA synchronous = FULL";
    SYNC_NORMAL = "PRAGMA synchronous = NORMAL";
    /// A write that changes nothing, to have something to commit.
    TOUCH = "UPDATE log_position SET position = position";
}
