//! The log while the database is away: it may grow to the cap.

use super::{Writer, blocking};
use crate::store::{StoreError, log};

impl Writer {
    /// While the database is away the log may grow to the cap; then the oldest samples go, events never.
    pub(super) async fn keep_within_spool(&mut self) -> Result<(), StoreError> {
        let (disk, applied, doubt, spool) = (self.disk.clone(), self.applied, self.doubt, self.spool);
        let mut thinned = std::mem::take(&mut self.thinned);
        let (thinned, lost) = blocking(move || {
            let lost = log::keep_within(&*disk, applied, doubt, spool, &mut thinned)?;
            Ok((thinned, lost))
        })
        .await?;
        self.thinned = thinned;
        if lost > 0 {
            self.start_over();
            metrics::counter!("linepack_store_samples_lost_total").increment(lost);
            tracing::error!(samples = lost, "the disk queue is full: the oldest samples were dropped");
        }
        self.measure(lost).await
    }

    async fn measure(&self, lost: u64) -> Result<(), StoreError> {
        let (disk, applied) = (self.disk.clone(), self.applied);
        self.progress.spooled(blocking(move || log::backlog(&*disk, applied)).await?, lost);
        Ok(())
    }
}
