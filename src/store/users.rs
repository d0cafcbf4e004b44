//! Accounts, sessions, bearer tokens in the database.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linepack_core::Ts;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::db::{Db, on};
use super::{Account, NewUser, Role, SessionToken, StoreError, sql};

/// What is known of a secret is asked for again after this.
const CACHED: Duration = Duration::from_secs(10);
/// More than this many are not remembered.
const CACHE_MAX: usize = 10_000;
/// Bearer tokens begin with this, so that a leaked one can be recognised.
const TOKEN_PREFIX: &str = "lp_";
/// Shortest password.
const PASSWORD_MIN: usize = 8;
/// Stands in for the hash of a user that does not exist, so that the answer takes as long. Same parameters as [`Argon2::default`].
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bGluZXBhY2stbm9ib2R5IQ$7FBq7vhMFEC8vMpOqcAeUZzQ/0M4pdpgQWzYfYLgvqc";

/// `name, role, crew, created_ms`.
type AccountRow = (String, String, Option<String>, i64);

fn account((name, role, crew, created): AccountRow) -> Result<Account, StoreError> {
    Ok(Account { name, role: role.parse().map_err(StoreError::Refused)?, crew, created: Ts(created) })
}

/// What was asked lately. Two, because a session is no bearer token and the other way round.
#[derive(Debug, Default)]
pub(super) struct Lately {
    sessions: Cache,
    tokens: Cache,
}

/// Secrets seen lately, by their hash.
#[derive(Debug, Default)]
struct Cache(Mutex<HashMap<[u8; 32], Seen>>);

#[derive(Debug)]
struct Seen {
    account: Account,
    /// When the session ends, ms; tokens do not.
    expires: i64,
    asked: Instant,
}

impl Cache {
    fn get(&self, hash: &[u8; 32], now: i64) -> Option<Account> {
        let seen = self.lock();
        let seen = seen.get(hash).filter(|s| s.asked.elapsed() < CACHED && now < s.expires)?;
        Some(seen.account.clone())
    }

    fn put(&self, hash: [u8; 32], account: &Account, expires: i64) {
        let mut all = self.lock();
        if all.len() >= CACHE_MAX {
            all.clear();
        }
        all.insert(hash, Seen { account: account.clone(), expires, asked: Instant::now() });
    }

    fn forget(&self, keep: impl Fn(&[u8; 32], &Account) -> bool) {
        self.lock().retain(|hash, seen| keep(hash, &seen.account));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn fresh_secret() -> Result<String, StoreError> {
    let mut bytes = [0u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(std::io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn check_name(name: &str) -> Result<(), StoreError> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    fits.then_some(()).ok_or_else(|| {
        StoreError::Refused(format!("`{name}` is not a name: letters, digits, `.`, `_`, `-`; 64 at most"))
    })
}

fn check_role(role: Role, crew: Option<&str>) -> Result<(), StoreError> {
    match (role, crew) {
        (Role::Crew, None) => Err(StoreError::Refused("an account of role crew needs a crew".into())),
        (Role::Crew, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(StoreError::Refused("only an account of role crew is bound to a crew".into())),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?;
    Ok(done.map_err(std::io::Error::other)?)
}

/// Accounts, sessions and tokens as the database has them.
pub(super) struct Users<'a> {
    pub(super) db: &'a Db,
    pub(super) lately: &'a Lately,
}

impl Users<'_> {
    pub(super) async fn add(&self, user: NewUser<'_>, now: Ts) -> Result<(), StoreError> {
        check_name(user.name)?;
        check_role(user.role, user.crew)?;
        if user.password.chars().count() < PASSWORD_MIN {
            return Err(StoreError::Refused(format!("a password has at least {PASSWORD_MIN} characters")));
        }
        if self.find_token(user.name).await?.is_some() {
            return Err(taken(user.name));
        }
        let password = user.password.to_owned();
        let hash = blocking(move || Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())).await?;
        let added = on!(self.db, pool => sqlx::query(sql::ACCOUNT_ADD).bind(user.name).bind(user.role.name())
            .bind(user.crew).bind(now.ms()).bind(hash).execute(pool).await.map(|done| done.rows_affected()))?;
        if added == 0 {
            return Err(taken(user.name));
        }
        self.audit(now, "user-add", user.name).await
    }

    pub(super) async fn all(&self) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<AccountRow> = on!(self.db, pool => sqlx::query_as(sql::ACCOUNTS).fetch_all(pool).await)?;
        rows.into_iter().map(account).collect()
    }

    pub(super) async fn tokens(&self) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<AccountRow> = on!(self.db, pool => sqlx::query_as(sql::TOKENS).fetch_all(pool).await)?;
        rows.into_iter().map(account).collect()
    }

    pub(super) async fn remove(&self, name: &str, now: Ts) -> Result<bool, StoreError> {
        let removed = on!(self.db, pool => {
            let mut tx = pool.begin().await?;
            sqlx::query(sql::SESSIONS_DELETE_OF).bind(name).execute(&mut *tx).await?;
            let users = sqlx::query(sql::ACCOUNT_DELETE).bind(name).execute(&mut *tx).await?.rows_affected();
            let tokens = sqlx::query(sql::TOKEN_DELETE).bind(name).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            users + tokens
        });
        self.lately.sessions.forget(|_, account| account.name != name);
        self.lately.tokens.forget(|_, account| account.name != name);
        if removed > 0 {
            self.audit(now, "remove", name).await?;
        }
        Ok(removed > 0)
    }

    pub(super) async fn check(&self, name: &str, password: &str) -> Result<Option<Account>, StoreError> {
        let found: Option<(String,)> =
            on!(self.db, pool => sqlx::query_as(sql::ACCOUNT_PASSWORD).bind(name).fetch_optional(pool).await)?;
        let known = found.is_some();
        let hash = found.map_or_else(|| NOBODY.to_owned(), |(hash,)| hash);
        let password = password.to_owned();
        let right = blocking(move || {
            let parsed = PasswordHash::new(&hash)?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await?;
        if !(known && right) {
            return Ok(None);
        }
        let row: Option<AccountRow> =
            on!(self.db, pool => sqlx::query_as(sql::ACCOUNT).bind(name).fetch_optional(pool).await)?;
        row.map(account).transpose()
    }

    pub(super) async fn create_session(&self, user: &str, now: Ts, expires: Ts) -> Result<SessionToken, StoreError> {
        let row: Option<AccountRow> =
            on!(self.db, pool => sqlx::query_as(sql::ACCOUNT).bind(user).fetch_optional(pool).await)?;
        if row.is_none() {
            return Err(StoreError::Refused(format!("there is no account `{user}`")));
        }
        let secret = fresh_secret()?;
        let hash = hash_of(&secret);
        on!(self.db, pool => sqlx::query(sql::SESSION_ADD).bind(&hash[..]).bind(user).bind(now.ms()).bind(expires.ms())
            .execute(pool).await.map(drop))?;
        Ok(SessionToken(secret))
    }

    pub(super) async fn session(&self, secret: &str, now: Ts) -> Result<Option<Account>, StoreError> {
        let hash = hash_of(secret);
        if let Some(account) = self.lately.sessions.get(&hash, now.ms()) {
            return Ok(Some(account));
        }
        let row: Option<(String, String, Option<String>, i64, i64)> =
            on!(self.db, pool => sqlx::query_as(sql::SESSION).bind(&hash[..]).fetch_optional(pool).await)?;
        let Some((name, role, crew, created, expires)) = row.filter(|r| now.ms() < r.4) else { return Ok(None) };
        let account = account((name, role, crew, created))?;
        self.lately.sessions.put(hash, &account, expires);
        Ok(Some(account))
    }

    pub(super) async fn end_session(&self, secret: &str) -> Result<(), StoreError> {
        let hash = hash_of(secret);
        self.lately.sessions.forget(|h, _| *h != hash);
        on!(self.db, pool => sqlx::query(sql::SESSION_DELETE).bind(&hash[..]).execute(pool).await.map(drop))?;
        // one that was being looked up meanwhile
        self.lately.sessions.forget(|h, _| *h != hash);
        Ok(())
    }

    pub(super) async fn create_token(
        &self,
        name: &str,
        role: Role,
        crew: Option<&str>,
        now: Ts,
    ) -> Result<SessionToken, StoreError> {
        check_name(name)?;
        check_role(role, crew)?;
        let user: Option<AccountRow> =
            on!(self.db, pool => sqlx::query_as(sql::ACCOUNT).bind(name).fetch_optional(pool).await)?;
        if user.is_some() {
            return Err(taken(name));
        }
        let secret = format!("{TOKEN_PREFIX}{}", fresh_secret()?);
        let hash = hash_of(&secret);
        let added = on!(self.db, pool => sqlx::query(sql::TOKEN_ADD).bind(name).bind(&hash[..]).bind(role.name())
            .bind(crew).bind(now.ms()).execute(pool).await.map(|done| done.rows_affected()))?;
        if added == 0 {
            return Err(taken(name));
        }
        self.audit(now, "token-create", name).await?;
        Ok(SessionToken(secret))
    }

    pub(super) async fn token(&self, secret: &str) -> Result<Option<Account>, StoreError> {
        if !secret.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        let hash = hash_of(secret);
        if let Some(account) = self.lately.tokens.get(&hash, i64::MIN) {
            return Ok(Some(account));
        }
        let row: Option<AccountRow> =
            on!(self.db, pool => sqlx::query_as(sql::TOKEN).bind(&hash[..]).fetch_optional(pool).await)?;
        let Some(account) = row.map(account).transpose()? else { return Ok(None) };
        self.lately.tokens.put(hash, &account, i64::MAX);
        Ok(Some(account))
    }

    async fn find_token(&self, name: &str) -> Result<Option<AccountRow>, StoreError> {
        Ok(on!(self.db, pool => sqlx::query_as(sql::TOKEN_NAMED).bind(name).fetch_optional(pool).await)?)
    }

    async fn audit(&self, now: Ts, action: &str, name: &str) -> Result<(), StoreError> {
        on!(self.db, pool => sqlx::query(sql::AUDIT_ADD).bind(now.ms()).bind(action).bind(name).execute(pool).await
            .map(drop))?;
        Ok(())
    }
}

fn taken(name: &str) -> StoreError {
    StoreError::Refused(format!("the name `{name}` is taken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_costs_as_much_as_a_real_password() {
        let real = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        let parameters = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(parameters(&real), parameters(NOBODY));
        let parsed = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(parsed.hash.as_ref().map(|h| h.len()), PasswordHash::new(&real).unwrap().hash.map(|h| h.len()));
    }

    #[test]
    fn names_are_identifiers() {
        for good in ["a", "op.1", "crew_07-b"] {
            assert!(check_name(good).is_ok());
        }
        for bad in ["", "a b", "ä", "x/y", &"a".repeat(65)] {
            assert!(check_name(bad).is_err());
        }
    }
}
