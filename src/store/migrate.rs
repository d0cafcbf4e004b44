//! The migrations, built in. What they must keep to stands in `migrations/README.md`.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, description, text.
type File = (i64, &'static str, &'static str);

macro_rules! files {
    ($($path:literal: $version:literal $description:literal),* $(,)?) => {
        &[$(($version, $description, include_str!(concat!("../../migrations/", $path)))),*]
    };
}

/// SQLite.
pub(super) const SQLITE: &[File] = files![
    "sqlite/0001_init.sql": 1 "init",
    "sqlite/0010_entries.sql": 10 "entries",
    "sqlite/0020_blocks.sql": 20 "blocks",
    "sqlite/0040_command.sql": 40 "command",
    "sqlite/0050_models.sql": 50 "models",
    "sqlite/0060_alarm_flood.sql": 60 "alarm_flood",
    "sqlite/0070_alarm_setting.sql": 70 "alarm_setting",
    "sqlite/0080_handover.sql": 80 "handover",
];
/// Both PostgreSQL kinds.
pub(super) const POSTGRES: &[File] = files![
    "postgres/0001_init.sql": 1 "init",
    "postgres/0010_entries.sql": 10 "entries",
    "postgres/0030_new_samples.sql": 30 "new_samples",
    "postgres/0040_command.sql": 40 "command",
    "postgres/0050_models.sql": 50 "models",
    "postgres/0060_alarm_flood.sql": 60 "alarm_flood",
    "postgres/0070_alarm_setting.sql": 70 "alarm_setting",
    "postgres/0080_handover.sql": 80 "handover",
];
/// PostgreSQL without TimescaleDB.
pub(super) const PLAIN: &[File] = files![
    "postgres-plain/0100_historian.sql": 100 "historian",
    "postgres-plain/0120_time_weighted.sql": 120 "time_weighted",
    "postgres-plain/0130_kept_samples.sql": 130 "kept_samples",
    "postgres-plain/0140_runs.sql": 140 "runs",
];
/// PostgreSQL with TimescaleDB.
pub(super) const TIMESCALE: &[File] = files![
    "timescaledb/0200_historian.sql": 200 "historian",
    "timescaledb/0220_time_weighted.sql": 220 "time_weighted",
    "timescaledb/0230_kept_samples.sql": 230 "kept_samples",
    "timescaledb/0240_direct_compress.sql": 240 "direct_compress",
    "timescaledb/0250_runs.sql": 250 "runs",
];

/// Runs a set. Both PostgreSQL sets share one table of what has run, so each meets versions of the other; and a previous
/// version of the program meets versions of the next: neither is an error.
pub(super) fn migrator(files: &'static [File]) -> Migrator {
    let migrations = files.iter().map(|&(version, description, text)| {
        let alone = text.starts_with("-- no-transaction");
        let sql = text.into_sql_str();
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql, alone)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_ignore_missing(true);
    migrator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_built_in() {
        for (folder, files) in
            [("sqlite", SQLITE), ("postgres", POSTGRES), ("postgres-plain", PLAIN), ("timescaledb", TIMESCALE)]
        {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
            let mut found: Vec<String> =
                std::fs::read_dir(path).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
            found.sort();
            let built: Vec<String> = files.iter().map(|(v, d, _)| format!("{v:04}_{d}.sql")).collect();
            assert_eq!(found, built, "{folder}");
        }
    }
}
