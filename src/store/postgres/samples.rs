//! Samples into table `sample`.

use sqlx::PgConnection;

use crate::store::apply::number;
use crate::store::log::StoredSample;
use crate::store::sql::postgres;

/// Rows of one statement: large enough to be cheap, small enough for a server that wants short messages.
const ROWS: usize = 1000;

/// Writes samples sorted by point and time; one that is there stays.
pub(super) async fn write(tx: &mut PgConnection, samples: &[StoredSample]) -> Result<(), sqlx::Error> {
    for part in samples.chunks(ROWS) {
        sqlx::query(postgres::SAMPLES_ADD)
            .bind(part.iter().map(|s| number(s.point)).collect::<Vec<_>>())
            .bind(part.iter().map(|s| s.ts).collect::<Vec<_>>())
            .bind(part.iter().map(|s| s.value.is_finite().then_some(s.value)).collect::<Vec<_>>())
            .bind(part.iter().map(|s| i16::from(s.quality)).collect::<Vec<_>>())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
