//! The hub of a site folder on this machine: its address, and a token for as long as somebody looks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context, bail};
use url::Url;

use crate::clock::Clock;
use crate::site::Site;
use crate::store::{Role, Store};

/// Whoever can read the site's accounts may look at what it shows.
pub(super) struct Pass {
    store: Store,
    name: String,
    pub(super) token: String,
}

impl Pass {
    pub(super) async fn new(site: &Site) -> anyhow::Result<Self> {
        let store = Store::open(&site.store, &site.dir).await.context("cannot open the store")?;
        let name = format!("watch-{}", uuid::Uuid::now_v7().simple());
        let token = store.create_token(&name, Role::Viewer, None, Clock::System.now()).await?.0;
        Ok(Self { store, name, token })
    }

    /// The token is good for nothing any more.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.store.remove_user(&self.name).await?;
        self.store.close().await;
        Ok(())
    }
}

/// Where the hub of a site listens, as this machine reaches it.
pub(super) fn address(site: &Site) -> anyhow::Result<Url> {
    let listen = site.server.listen;
    if listen.port() == 0 {
        bail!("the hub of {} listens on any free port: give --url", site.dir.display());
    }
    let scheme = if site.server.tls.is_some() { "https" } else { "http" };
    Ok(Url::parse(&format!("{scheme}://{}", reachable(listen)))?)
}

fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Whether a folder is a site.
pub(super) fn is_site(dir: &Path) -> bool {
    dir.join("hub.toml").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_reached_here() {
        for (listen, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:8080", "[::1]:8080"),
            ("10.0.0.7:8080", "10.0.0.7:8080"),
            ("127.0.0.1:1", "127.0.0.1:1"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
