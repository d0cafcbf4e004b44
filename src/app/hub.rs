//! A running hub, as the command line and the tests hold it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::SiteReloader;
use crate::api::{ReloadError, Reloader};
use crate::lifecycle::Tasks;
use crate::site::{ModbusTransport, Protocol, Site};
use crate::store::Store;

/// Longest the tasks may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// A running hub.
pub struct Hub {
    /// The site's name.
    pub name: String,
    /// Where the screens are.
    pub url: String,
    /// The embedded broker.
    pub mqtt: Option<String>,
    /// Modbus endpoints of the site.
    pub modbus: Vec<String>,
    /// For accounts made beside it.
    pub store: Store,
    pub(super) reloader: Arc<SiteReloader>,
    pub(super) tasks: Tasks,
    pub(super) _lock: std::fs::File,
}

/// A ready-made login of the demo.
#[derive(Debug)]
pub struct Login {
    /// Role.
    pub role: &'static str,
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
}

impl Hub {
    /// The screens as this machine reaches them, also where the hub listens on every address.
    pub fn local_url(&self) -> String {
        self.url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    }

    /// The one JSON line on stdout.
    pub fn ready_line(&self, logins: &[Login]) -> String {
        let mut line = json!({"url": self.url, "mqtt": self.mqtt, "modbus": self.modbus});
        if !logins.is_empty() {
            let all = logins.iter().map(|l| json!({"role": l.role, "user": l.user, "password": l.password}));
            line["logins"] = all.collect();
        }
        line.to_string()
    }

    /// Reads the site folder anew (SIGHUP); the outcome goes to the log.
    pub fn reload_in_background(&self) {
        let reloader = self.reloader.clone();
        self.tasks.once(async move {
            if let Err(error) = reloader.reload().await {
                tracing::error!(%error, "the running site stays: {error}");
                if let ReloadError::Invalid(problems) = error {
                    problems.iter().for_each(|problem| tracing::error!("{problem}"));
                }
            }
        });
    }

    /// Ends all tasks, carries the rest of the log into the database, and says whether something had failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        let outcome = self.tasks.finish(GRACE).await;
        self.store.close().await;
        outcome
    }
}

pub(super) fn modbus_addresses(site: &Site) -> Vec<String> {
    let address = |c: &crate::site::Connection| match &c.protocol {
        Protocol::Modbus(m) if !matches!(m.transport, ModbusTransport::Rtu(_)) => Some(m.address.clone()),
        Protocol::Modbus(_) | Protocol::Mqtt(_) => None,
    };
    site.connections.iter().filter_map(address).collect()
}
