//! From the site's settings to those of a client.

use std::net::SocketAddr;
use std::path::Path;

use super::client::Options;
use super::tls;
use crate::site::MqttSettings;

/// Options of a client of this broker, for a session that the broker keeps. An address with port 0 means the embedded
/// broker. The error is for people.
pub(crate) fn options(
    settings: &MqttSettings,
    client_id: &str,
    embedded: Option<SocketAddr>,
) -> Result<Options, String> {
    let (host, port) = address(&settings.address)?;
    let port = match embedded {
        Some(broker) if port == 0 => broker.port(),
        None if port == 0 => return Err(format!("{} has port 0, but no embedded broker runs", settings.address)),
        _ => port,
    };
    let user = match (&settings.user, &settings.user_file) {
        (Some(user), _) => Some(user.clone()),
        (None, Some(file)) => Some(first_line(file)?),
        (None, None) => None,
    };
    let password = settings.password_file.as_deref().map(first_line).transpose()?;
    Ok(Options {
        host,
        port,
        client_id: client_id.to_owned(),
        version: settings.version,
        tls: settings.tls.as_ref().map(tls::config).transpose()?,
        credentials: user.map(|user| (user, password.unwrap_or_default())),
        clean: false,
        session_expiry: settings.session_expiry,
        in_flight: 100,
        manual_acks: true,
        will: None,
    })
}

/// A secret kept in a file: the text without its line end.
fn first_line(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Host and port of `mqtt://host:port` or `mqtts://host:port`.
fn address(text: &str) -> Result<(String, u16), String> {
    let bad = || format!("{text:?} is not mqtt://host:port");
    let url = url::Url::parse(text).map_err(|_| bad())?;
    let usual = match url.scheme() {
        "mqtt" => 1883,
        "mqtts" => 8883,
        _ => return Err(bad()),
    };
    match (url.host_str(), url.port().unwrap_or(usual)) {
        // An IPv6 host stands in brackets, as the client wants it.
        (Some(host), port) if !host.is_empty() => Ok((host.to_owned(), port)),
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
            ("mqtts://broker.example", Some(("broker.example", 8883))),
            ("mqtts://broker.example:1", Some(("broker.example", 1))),
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
