//! What only SQLite understands.

/// Sixteen rows of four parameters.
macro_rules! rows16 {
    () => {
        "(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),\
         (?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?)"
    };
}
macro_rules! sample_add {
    ($($rows:expr),+) => {
        concat!("INSERT INTO sample (point, ts, value, quality) VALUES ", $($rows),+, " ON CONFLICT DO NOTHING")
    };
}

/// Rows of [`SAMPLES_ADD_MANY`].
pub(in crate::store) const MANY: usize = 128;

super::statements! {
    /// New names out of a JSON array.
    POINTS_ADD = "INSERT INTO point (name) SELECT value FROM json_each($1) WHERE true ON CONFLICT (name) DO NOTHING";
    SAMPLES_ADD_MANY = sample_add!(
        rows16!(), ",", rows16!(), ",", rows16!(), ",", rows16!(), ",", rows16!(), ",", rows16!(), ",", rows16!(), ",", rows16!()
    );
    SAMPLES_ADD_16 = sample_add!(rows16!());
    SAMPLES_ADD_1 = sample_add!("(?,?,?,?)");
    LAST_VALUES = "SELECT p.name, s.ts, s.value, s.quality
        FROM point p CROSS JOIN sample s ON s.point = p.id AND s.ts = (SELECT max(ts) FROM sample WHERE point = p.id)";
    /// Commits after this are on the disk before they return; what was committed before is, too.
    SYNC_FULL = "PRAGMA synchronous = FULL";
    SYNC_NORMAL = "PRAGMA synchronous = NORMAL";
    /// A write that changes nothing, to have something to commit.
    TOUCH = "UPDATE log_position SET position = position";
    DUE_RAW = "SELECT d.bucket, d.point, s.ts, s.value, s.quality
        FROM (SELECT bucket, point FROM rollup_due WHERE span = 60000 AND bucket <= $1
            ORDER BY bucket, point LIMIT $2) AS d
        JOIN sample s ON s.point = d.point AND s.ts >= d.bucket AND s.ts < d.bucket + 60000
        ORDER BY d.bucket, d.point, s.ts";
    RAW_FIRST = "SELECT min(ts) FROM sample WHERE point = $1 AND ts < $2";
    RAW_EXPIRE = "DELETE FROM sample WHERE point = $1 AND ts < $2";
}
