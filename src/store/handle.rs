//! The one handle to the database, whichever it is.

use std::path::Path;
use std::sync::Arc;

use linepack_core::dispatch::{Assignment, Incident};
use linepack_core::{IncidentNo, Registry, Saved, Ts};

use super::{Account, HistoryQuery, IncidentFilter, JournalQuery, Log, NewUser, Role, SessionToken, StoreError};
use crate::site::StoreSettings;
use crate::wire;

/// Clones share the pools.
#[derive(Clone, Debug)]
pub struct Store(Arc<()>);

/// For `readyz`, metrics and the footer of every screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreStatus {
    /// The database answers.
    pub up: bool,
    /// Age of the oldest thing in the log the database has not got, milliseconds.
    pub behind_ms: i64,
    /// Bytes of the log not yet in the database.
    pub spool_bytes: u64,
    /// `sqlite`, `postgres`, `timescaledb`.
    pub kind: &'static str,
    /// Why it is not up; for people.
    pub detail: String,
}

impl Store {
    /// Opens the database, runs migrations. `dir`: the site folder.
    pub async fn open(settings: &StoreSettings, dir: &Path) -> Result<Store, StoreError> {
        let _ = (settings, dir);
        Ok(Store(Arc::new(())))
    }

    /// Opens the log, carries over what the database has not seen, gives every point its number (again after a reload
    /// with [`Store::adopt`]) and starts the writer task.
    pub async fn start(&self, registry: Arc<Registry>) -> Result<Log, StoreError> {
        let _ = registry;
        Ok(Log {})
    }

    /// After a reload: numbers for new points. The log must be told before samples of the new registry are appended.
    pub async fn adopt(&self, registry: Arc<Registry>) -> Result<(), StoreError> {
        let _ = registry;
        Ok(())
    }

    /// What a restart brings back.
    pub async fn load(&self, registry: &Registry) -> Result<Saved, StoreError> {
        let _ = registry;
        Ok(Saved::default())
    }

    /// Waits until all that is in the log now is in the database, a second at most; so that who asks after an
    /// acknowledgement finds its journal row.
    pub async fn caught_up(&self) {}

    /// How it is.
    pub fn status(&self) -> StoreStatus {
        StoreStatus::default()
    }

    /// Rows of history. `unit` and `behind_ms` are filled in by the API.
    pub async fn history(&self, query: &HistoryQuery) -> Result<wire::History, StoreError> {
        let _ = query;
        Err(StoreError::Refused("not built".into()))
    }

    /// Alarm transitions.
    pub async fn journal(&self, query: &JournalQuery) -> Result<Vec<wire::JournalRow>, StoreError> {
        let _ = query;
        Ok(vec![])
    }

    /// Incidents with their assignments, closed ones too.
    pub async fn incidents(
        &self,
        registry: &Registry,
        filter: &IncidentFilter,
    ) -> Result<Vec<(Incident, Vec<Assignment>)>, StoreError> {
        let _ = (registry, filter);
        Ok(vec![])
    }

    /// One incident.
    pub async fn incident(
        &self,
        registry: &Registry,
        no: IncidentNo,
    ) -> Result<Option<(Incident, Vec<Assignment>)>, StoreError> {
        let _ = (registry, no);
        Ok(None)
    }

    /// Its timeline, oldest first.
    pub async fn timeline(&self, no: IncidentNo) -> Result<Vec<wire::TimelineRow>, StoreError> {
        let _ = no;
        Ok(vec![])
    }

    /// Makes an account; `Refused` when the name is taken.
    pub async fn add_user(&self, user: NewUser<'_>, now: Ts) -> Result<(), StoreError> {
        let _ = (user, now);
        Ok(())
    }

    /// All accounts, by name.
    pub async fn users(&self) -> Result<Vec<Account>, StoreError> {
        Ok(vec![])
    }

    /// Removes an account and its sessions; false when there was none.
    pub async fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        let _ = name;
        Ok(false)
    }

    /// The account if the password is right; takes the same time if there is none.
    pub async fn check_password(&self, name: &str, password: &str) -> Result<Option<Account>, StoreError> {
        let _ = (name, password);
        Ok(None)
    }

    /// A session for an account, until `expires`.
    pub async fn create_session(&self, user: &str, now: Ts, expires: Ts) -> Result<SessionToken, StoreError> {
        let _ = (user, now, expires);
        Err(StoreError::Refused("not built".into()))
    }

    /// Whose session it is, if it is one and has not run out. Cached for some seconds; ends at once on `end_session`.
    pub async fn session(&self, token: &str, now: Ts) -> Result<Option<Account>, StoreError> {
        let _ = (token, now);
        Ok(None)
    }

    /// Ends a session.
    pub async fn end_session(&self, token: &str) -> Result<(), StoreError> {
        let _ = token;
        Ok(())
    }

    /// A bearer token for a program; shown once. `Refused` when the name is taken.
    pub async fn create_token(
        &self,
        name: &str,
        role: Role,
        crew: Option<&str>,
        now: Ts,
    ) -> Result<SessionToken, StoreError> {
        let _ = (name, role, crew, now);
        Err(StoreError::Refused("not built".into()))
    }

    /// Whose bearer token it is.
    pub async fn token(&self, token: &str) -> Result<Option<Account>, StoreError> {
        let _ = token;
        Ok(None)
    }

    /// Carries the rest of the log into the database (bounded time) and closes the pools.
    pub async fn close(&self) {}
}
