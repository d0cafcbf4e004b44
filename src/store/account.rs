//! People and programs that may come in.

use std::fmt;
use std::str::FromStr;

use linepack_core::Ts;

/// What somebody may do; each has all that the ones before it may, `crew` only for its own assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `POST /samples` and nothing else.
    Ingest,
    /// Looks.
    Viewer,
    /// Own assignments.
    Crew,
    /// Alarms, commands.
    Operator,
    /// Incidents, crews, orders.
    Dispatcher,
    /// Site reload, history import, out of service.
    Engineer,
    /// Accounts, tokens.
    Admin,
}

impl Role {
    /// All, least first.
    pub const ALL: [Role; 7] =
        [Self::Ingest, Self::Viewer, Self::Crew, Self::Operator, Self::Dispatcher, Self::Engineer, Self::Admin];

    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Viewer => "viewer",
            Self::Crew => "crew",
            Self::Operator => "operator",
            Self::Dispatcher => "dispatcher",
            Self::Engineer => "engineer",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|r| r.name() == s)
            .ok_or_else(|| format!("unknown role `{s}`; expected one of {}", Self::ALL.map(Role::name).join(", ")))
    }
}

/// Somebody who may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User or token name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The crew a crew account is bound to.
    pub crew: Option<String>,
    /// When it was made.
    pub created: Ts,
}

/// An account to be made. The password is hashed (argon2id) by the store.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// User name.
    pub name: &'a str,
    /// Role.
    pub role: Role,
    /// Crew id for role `crew`.
    pub crew: Option<&'a str>,
    /// In clear, never stored, never logged.
    pub password: &'a str,
}

/// A fresh secret of 256 bits, base64url; only its SHA-256 is stored.
pub struct SessionToken(pub String);

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}
