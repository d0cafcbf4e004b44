//! Accounts, sessions, bearer tokens.

use linepack_core::Ts;

use super::Store;
use crate::clock::Clock;
use crate::store::users::Users;
use crate::store::{Account, NewUser, Role, SessionToken, StoreError};

impl Store {
    /// Makes an account; `Refused` when the name is taken.
    pub async fn add_user(&self, user: NewUser<'_>, now: Ts) -> Result<(), StoreError> {
        self.accounts().add(user, now).await
    }

    /// All accounts, by name.
    pub async fn users(&self) -> Result<Vec<Account>, StoreError> {
        self.accounts().all().await
    }

    /// All bearer tokens, by name.
    pub async fn tokens(&self) -> Result<Vec<Account>, StoreError> {
        self.accounts().tokens().await
    }

    /// Removes an account and its sessions, or a bearer token; false when there was none.
    pub async fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        self.accounts().remove(name, Clock::System.now()).await
    }

    /// The account if the password is right; takes the same time if there is none.
    pub async fn check_password(&self, name: &str, password: &str) -> Result<Option<Account>, StoreError> {
        self.accounts().check(name, password).await
    }

    /// A session for an account, until `expires`.
    pub async fn create_session(&self, user: &str, now: Ts, expires: Ts) -> Result<SessionToken, StoreError> {
        self.accounts().create_session(user, now, expires).await
    }

    /// Whose session it is, if it is one and has not run out. Cached for some seconds; ends at once on `end_session`.
    pub async fn session(&self, token: &str, now: Ts) -> Result<Option<Account>, StoreError> {
        self.accounts().session(token, now).await
    }

    /// Ends a session.
    pub async fn end_session(&self, token: &str) -> Result<(), StoreError> {
        self.accounts().end_session(token).await
    }

    /// A bearer token for a program; shown once. `Refused` when the name is taken.
    pub async fn create_token(
        &self,
        name: &str,
        role: Role,
        crew: Option<&str>,
        now: Ts,
    ) -> Result<SessionToken, StoreError> {
        self.accounts().create_token(name, role, crew, now).await
    }

    /// Whose bearer token it is.
    pub async fn token(&self, token: &str) -> Result<Option<Account>, StoreError> {
        self.accounts().token(token).await
    }

    fn accounts(&self) -> Users<'_> {
        Users { db: &self.0.db, lately: &self.0.lately }
    }
}
