//! The embedded MQTT broker, for the demo and small sites. Larger ones run their own and leave `[broker]` out.

mod retain;
mod users;

use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU16;
use std::path::Path;
use std::time::Duration;

use rmqtt::context::ServerContext;
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;

use crate::lifecycle::Tasks;
use crate::site::Broker;

/// Unacknowledged messages a client may have.
const IN_FLIGHT: NonZeroU16 = NonZeroU16::MAX;
/// Messages kept for a client that is slow or away; more are dropped, the oldest first.
const QUEUED: usize = 100_000;
/// How long a client that is away keeps its session.
const SESSION: Duration = Duration::from_secs(24 * 60 * 60);

/// Why the broker does not run.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address is taken, or not ours.
    #[error("the embedded broker cannot listen on {address}: {reason}")]
    Listen {
        /// `[broker] listen`.
        address: SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// Anybody could send values and positions.
    #[error("the embedded broker will not listen on {0} without `users`: anybody on the network could send values")]
    Open(SocketAddr),
    /// The users file is of no use.
    #[error("users of the embedded broker: {0}")]
    Users(String),
}

/// Starts the broker and tells where it listens. Relative paths are relative to `dir`.
pub async fn start(settings: &Broker, dir: &Path, tasks: &Tasks) -> Result<SocketAddr, BrokerError> {
    let users = settings.users.as_ref().map(|file| users::Users::read(&dir.join(file))).transpose();
    let users = users.map_err(BrokerError::Users)?;
    if users.is_none() && !settings.listen.ip().is_loopback() {
        return Err(BrokerError::Open(settings.listen));
    }
    let refused = |reason: String| BrokerError::Listen { address: settings.listen, reason };
    // The library does not tell which port it was given, so a free one is found first.
    let mut address = settings.listen;
    if address.port() == 0 {
        let free = TcpListener::bind(address).and_then(|l| l.local_addr());
        address = free.map_err(|e| refused(e.to_string()))?;
    }
    let context = ServerContext::new().busy_check_enable(false).build().await;
    *context.extends.retain_mut().await = Box::new(retain::Retained::default());
    let listener = Builder::new()
        .name("linepack")
        .laddr(address)
        .reuseaddr(Some(true))
        .nodelay(true)
        .allow_anonymous(users.is_none())
        .max_inflight(IN_FLIGHT)
        .max_mqueue_len(QUEUED)
        .session_expiry_interval(SESSION)
        .message_expiry_interval(SESSION)
        .bind()
        .and_then(|l| l.tcp())
        .map_err(|e| refused(e.to_string()))?;
    if let Some(users) = users {
        users.guard(&context).await;
    }
    let server = MqttServer::new(context).listener(listener).build();
    let stop = tasks.stopping();
    tasks.spawn("broker", async move {
        tokio::select! {
            ended = server.run() => ended.map_err(|e| anyhow::anyhow!("{e}")),
            () = stop.cancelled() => Ok(()),
        }
    });
    Ok(address)
}
