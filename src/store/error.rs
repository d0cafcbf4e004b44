//! What can go wrong with the store.

/// Nothing of this reaches a client in words; handlers answer 503 and log it once.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is away.
    #[error("database")]
    Database(#[from] sqlx::Error),
    /// Migrations did not run.
    #[error("database migration")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The log on disk.
    #[error("log on disk")]
    Io(#[from] std::io::Error),
    /// A name that is taken, a role that is not known, and the like: shown to people as it is.
    #[error("{0}")]
    Refused(String),
}

impl StoreError {
    /// The disk has no space; what was to be written is kept and may be tried again.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io(e) if super::log::is_full(e))
    }
}
