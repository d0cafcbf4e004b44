//! Who calls: a person by the session cookie, a program by its bearer token; and from where.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use linepack_core::{Actor, Millis, Ts};
use sha2::{Digest, Sha256};

use super::problem::{Problem, Result};
use crate::clock::Clock;
use crate::site::Server;
use crate::store::{Account, Role, Store, StoreError};

/// How long somebody who was let in is still believed while the database is away.
const BELIEVED: Millis = Millis::mins(12 * 60);
/// How many of them are remembered.
const REMEMBERED: usize = 10_000;

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub account: Account,
    /// The network address it comes from.
    pub address: IpAddr,
    credential: Credential,
}

/// What a caller showed.
#[derive(Clone)]
enum Credential {
    Session(String),
    Bearer(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session(…)",
            Self::Bearer(_) => "Bearer(…)",
        })
    }
}

impl Credential {
    fn of(headers: &HeaderMap, cookie: &str) -> Option<Self> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            return scheme.eq_ignore_ascii_case("bearer").then(|| Self::Bearer(token.trim().to_owned()));
        }
        session_token(headers, cookie).map(Self::Session)
    }

    fn digest(&self) -> [u8; 32] {
        let (kind, token) = match self {
            Self::Session(t) => (b's', t),
            Self::Bearer(t) => (b'b', t),
        };
        Sha256::new().chain_update([kind]).chain_update(token).finalize().into()
    }
}

impl Caller {
    /// For the journal.
    pub fn actor(&self) -> Actor {
        Actor { name: self.account.name.as_str().into(), address: self.address.to_string().into() }
    }

    /// The crew it is bound to, where it may see and do only what is that crew's.
    pub fn only_crew(&self) -> Option<&str> {
        (self.account.role == Role::Crew).then(|| self.account.crew.as_deref().unwrap_or_default())
    }
}

/// Lets callers in. Clones share what they know.
#[derive(Clone, Debug)]
pub struct Access {
    store: Store,
    clock: Clock,
    proxies: Arc<[(IpAddr, u8)]>,
    tls: bool,
    known: Arc<Mutex<Known>>,
}

/// Who was let in lately, by the digest of what was shown: so that a control room is not locked out with its database away.
#[derive(Debug, Default)]
struct Known(HashMap<[u8; 32], (Account, Ts)>);

impl Known {
    fn remember(&mut self, digest: [u8; 32], account: &Account, now: Ts) {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&digest) {
            self.0.retain(|_, (_, seen)| now - *seen < BELIEVED);
        }
        if self.0.len() < REMEMBERED || self.0.contains_key(&digest) {
            self.0.insert(digest, (account.clone(), now));
        }
    }

    fn recall(&self, digest: &[u8; 32], now: Ts) -> Option<Account> {
        self.0.get(digest).filter(|(_, seen)| now - *seen < BELIEVED).map(|(account, _)| account.clone())
    }
}

impl Access {
    /// Callers are looked up in `store`; `server` tells which proxies are believed and whether cookies need TLS.
    pub fn new(store: Store, clock: Clock, server: &Server) -> Self {
        Self {
            store,
            clock,
            proxies: server.trusted_proxies.clone().into(),
            tls: server.tls.is_some(),
            known: Arc::default(),
        }
    }

    /// Who calls, or 401.
    pub async fn caller(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Caller> {
        let credential = Credential::of(headers, self.cookie_name())
            .ok_or_else(|| Problem::unauthorized("log in, or send a token as `Authorization: Bearer …`"))?;
        let account = self.look_up(&credential).await?.ok_or_else(|| {
            Problem::unauthorized(match credential {
                Credential::Session(_) => "the session has ended; log in again",
                Credential::Bearer(_) => "the token is not known here",
            })
        })?;
        Ok(Caller { account, address: self.address(headers, extensions), credential })
    }

    /// Whether somebody who was let in before still may be in, with the same role; for sockets that stay open.
    pub async fn still(&self, caller: &Caller) -> bool {
        matches!(self.look_up(&caller.credential).await, Ok(Some(account)) if account == caller.account)
    }

    /// The address a request comes from: of the nearest hop that is not a trusted proxy.
    pub fn address(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map_or(Ipv4Addr::UNSPECIFIED.into(), |c| c.0.ip());
        nearest_untrusted(&self.proxies, peer, headers)
    }

    /// The session cookie's name. The `__Host-` prefix binds it to TLS and this host; plain HTTP cannot use it.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.tls { "__Host-lp_session" } else { "lp_session" }
    }

    /// A `Set-Cookie` value; an empty token removes the cookie.
    pub(crate) fn cookie(&self, token: &str, max_age: Millis) -> String {
        let secure = if self.tls { "; Secure" } else { "" };
        let (name, seconds) = (self.cookie_name(), if token.is_empty() { 0 } else { max_age.0 / 1000 });
        format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
    }

    /// Ends the session of a request, if it has one.
    pub(crate) async fn end_session(&self, headers: &HeaderMap) -> Result<()> {
        if let Some(token) = session_token(headers, self.cookie_name()) {
            let digest = Credential::Session(token.clone()).digest();
            self.known.lock().unwrap_or_else(PoisonError::into_inner).0.remove(&digest);
            self.store.end_session(&token).await?;
        }
        Ok(())
    }

    async fn look_up(&self, credential: &Credential) -> std::result::Result<Option<Account>, StoreError> {
        let now = self.clock.now();
        let found = match credential {
            Credential::Session(token) => self.store.session(token, now).await,
            Credential::Bearer(token) => self.store.token(token).await,
        };
        let digest = credential.digest();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Ok(Some(account)) => {
                known.remember(digest, &account, now);
                Ok(Some(account))
            }
            Ok(None) => {
                known.0.remove(&digest);
                Ok(None)
            }
            Err(e) => known.recall(&digest, now).map(Some).ok_or(e),
        }
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Access: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match parts.extensions.get::<Caller>() {
            Some(caller) => Ok(caller.clone()),
            None => Access::from_ref(state).caller(&parts.headers, &parts.extensions).await,
        }
    }
}

/// Whether a request comes from this hub's own pages: no `Origin`, or one with the host of the request.
pub fn origin_ok(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    let origin = origin.to_str().ok().and_then(|o| o.split_once("://")).map(|(_, authority)| authority);
    matches!((origin, host), (Some(o), Some(h)) if o.eq_ignore_ascii_case(h))
}

fn nearest_untrusted(proxies: &[(IpAddr, u8)], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let mut address = peer.to_canonical();
    for hop in hops.collect::<Vec<_>>().into_iter().rev() {
        if !proxies.iter().any(|net| contains(*net, address)) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(ip) => address = ip.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

fn session_token(headers: &HeaderMap, cookie: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == cookie && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

fn contains((net, prefix): (IpAddr, u8), address: IpAddr) -> bool {
    match (net.to_canonical(), address) {
        (IpAddr::V4(n), IpAddr::V4(a)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
            n.to_bits() & mask == a.to_bits() & mask
        }
        (IpAddr::V6(n), IpAddr::V6(a)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
            n.to_bits() & mask == a.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().expect("valid header"));
        }
        map
    }

    #[test]
    fn origin_must_be_the_host() {
        for (pairs, ok) in [
            (&[("host", "hub:8080")][..], true),
            (&[("host", "hub:8080"), ("origin", "http://hub:8080")], true),
            (&[("host", "Hub:8080"), ("origin", "https://hub:8080")], true),
            (&[("host", "hub:8080"), ("origin", "http://hub")], false),
            (&[("host", "hub:8080"), ("origin", "http://evil.example")], false),
            (&[("host", "hub:8080"), ("origin", "null")], false),
            (&[("origin", "http://hub:8080")], false),
        ] {
            assert_eq!(origin_ok(&headers(pairs)), ok, "{pairs:?}");
        }
    }

    #[test]
    fn bearer_goes_before_cookie() {
        let of = |pairs: &[(&'static str, &str)]| match Credential::of(&headers(pairs), "lp_session") {
            Some(Credential::Session(t)) => format!("session {t}"),
            Some(Credential::Bearer(t)) => format!("bearer {t}"),
            None => "none".into(),
        };
        assert_eq!(of(&[("cookie", "a=b; lp_session=xyz")]), "session xyz");
        assert_eq!(of(&[("cookie", "lp_session=xyz"), ("authorization", "bearer abc")]), "bearer abc");
        assert_eq!(of(&[("authorization", "Basic abc")]), "none");
        assert_eq!(of(&[("cookie", "lp_session=")]), "none");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |a: &str| a.parse::<IpAddr>().expect("address");
        let proxies = [(ip("10.0.0.0"), 8)];
        for (peer, forwarded, from) in [
            ("192.0.2.1", "203.0.113.5", "192.0.2.1"),
            ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
            ("10.0.0.1", "198.51.100.7, 203.0.113.5", "203.0.113.5"),
            ("10.0.0.1", "203.0.113.5, 10.0.0.2", "203.0.113.5"),
            ("10.0.0.1", "not an address", "10.0.0.1"),
            ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ] {
            let headers = headers(&[("x-forwarded-for", forwarded)]);
            assert_eq!(nearest_untrusted(&proxies, ip(peer), &headers), ip(from), "{peer} {forwarded}");
        }
    }

    #[test]
    fn networks_contain_their_addresses() {
        let net = |n: &str, p| (n.parse::<IpAddr>().expect("address"), p);
        let ip = |a: &str| a.parse::<IpAddr>().expect("address");
        for (network, address, inside) in [
            (net("10.0.0.0", 8), ip("10.200.3.4"), true),
            (net("10.0.0.0", 8), ip("11.0.0.1"), false),
            (net("0.0.0.0", 0), ip("203.0.113.9"), true),
            (net("192.0.2.1", 32), ip("192.0.2.1"), true),
            (net("192.0.2.1", 32), ip("192.0.2.2"), false),
            (net("fd00::", 8), ip("fd12::1"), true),
            (net("::", 0), ip("2001:db8::1"), true),
            (net("fd00::", 8), ip("10.0.0.1"), false),
        ] {
            assert_eq!(contains(network, address), inside, "{network:?} {address}");
        }
    }

    #[test]
    fn somebody_let_in_is_believed_for_a_while() {
        let account = Account { name: "op".into(), role: Role::Operator, crew: None, created: Ts(0) };
        let mut known = Known::default();
        known.remember([1; 32], &account, Ts(0));
        assert_eq!(known.recall(&[1; 32], Ts(BELIEVED.0 - 1)), Some(account));
        assert_eq!(known.recall(&[1; 32], Ts(BELIEVED.0)), None);
        assert_eq!(known.recall(&[2; 32], Ts(0)), None);
    }
}
