//! Samples into table `sample`.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteArguments;

use crate::store::log::StoredSample;
use crate::store::sql::sqlite;

/// Writes samples sorted by point and time; one that is there stays.
pub(super) async fn write(tx: &mut SqliteConnection, samples: &[StoredSample]) -> Result<(), sqlx::Error> {
    let (many, rest) = samples.as_chunks::<{ sqlite::MANY }>();
    let (sixteen, rest) = rest.as_chunks::<16>();
    let groups = many
        .iter()
        .map(|c| (sqlite::SAMPLES_ADD_MANY, c.as_slice()))
        .chain(sixteen.iter().map(|c| (sqlite::SAMPLES_ADD_16, c.as_slice())))
        .chain(rest.chunks(1).map(|c| (sqlite::SAMPLES_ADD_1, c)));
    for (statement, rows) in groups {
        let mut query = sqlx::query::<sqlx::Sqlite>(statement);
        for s in rows {
            query = bind(query, s);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

type SqliteQuery<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind<'q>(query: SqliteQuery<'q>, s: &StoredSample) -> SqliteQuery<'q> {
    query.bind(i64::from(s.point)).bind(s.ts).bind(s.value.is_finite().then_some(s.value)).bind(i64::from(s.quality))
}
