//! From the site's settings to those of the client library.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use rumqttc::{EventLoop, MqttOptions};

use crate::site::MqttSettings;

/// Silence after which the broker is asked whether it lives; it is given up after twice this.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Seconds a connect, or writing a packet, may take.
const DEADLINE_S: u64 = 5;
/// Largest packet that MQTT knows. A smaller limit would end the connection on each delivery of a large message, for
/// ever at QoS 1.
const PACKET: usize = 268_435_455;

/// Options of a client of this broker. An address with port 0 means the embedded broker.
pub(crate) fn options(
    settings: &MqttSettings,
    client_id: &str,
    dir: &Path,
    embedded: Option<SocketAddr>,
) -> Result<MqttOptions, String> {
    let (host, port) = address(&settings.address)?;
    let (host, port) = match embedded {
        Some(broker) if port == 0 => (host, broker.port()),
        None if port == 0 => return Err(format!("{} has port 0, but no embedded broker runs", settings.address)),
        _ => (host, port),
    };
    let mut options = MqttOptions::new(client_id, host, port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(PACKET, PACKET).set_manual_acks(true);
    if let Some(user) = &settings.user {
        let password = match &settings.password_file {
            Some(file) => {
                let file = dir.join(file);
                let text =
                    std::fs::read_to_string(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            None => String::new(),
        };
        options.set_credentials(user, password);
    }
    Ok(options)
}

/// What is the same for every connection made with the options.
pub(crate) fn tune(events: &mut EventLoop) {
    let mut network = events.network_options();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(DEADLINE_S);
    events.set_network_options(network);
}

/// Host and port of `mqtt://host:port`.
fn address(text: &str) -> Result<(String, u16), String> {
    let bad = || format!("{text:?} is not mqtt://host:port");
    let url = url::Url::parse(text).map_err(|_| bad())?;
    match (url.scheme(), url.host_str(), url.port().unwrap_or(1883)) {
        // An IPv6 host stands in brackets, as the client wants it.
        ("mqtt" | "tcp", Some(host), port) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expect) in [
            ("mqtt://127.0.0.1:1884", Some(("127.0.0.1", 1884))),
            ("mqtt://broker.example", Some(("broker.example", 1883))),
            ("mqtt://[::1]:1", Some(("[::1]", 1))),
            ("mqtt://localhost:0", Some(("localhost", 0))),
            ("http://localhost:1", None),
            ("localhost:1883", None),
            ("mqtt://", None),
        ] {
            assert_eq!(address(text).ok(), expect.map(|(h, p)| (h.to_owned(), p)), "{text}");
        }
    }
}
