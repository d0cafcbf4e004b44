//! Why a connection broke, in words that a person can act on.

use std::error::Error;
use std::io;

use rumqttc::v5;
use rustls::{AlertDescription, CertificateError};

/// Of version 3.1.1.
pub(crate) fn words_v3(e: &rumqttc::ConnectionError) -> String {
    use rumqttc::{ConnectReturnCode, ConnectionError};
    match e {
        ConnectionError::NetworkTimeout => "no answer in time".to_owned(),
        ConnectionError::FlushTimeout => "the broker does not take what is sent".to_owned(),
        ConnectionError::ConnectionRefused(code) => match code {
            ConnectReturnCode::BadUserNamePassword => WRONG_PASSWORD.to_owned(),
            ConnectReturnCode::NotAuthorized => NOT_LET_IN.to_owned(),
            ConnectReturnCode::BadClientId => BAD_CLIENT_ID.to_owned(),
            ConnectReturnCode::ServiceUnavailable => "the broker is not ready".to_owned(),
            ConnectReturnCode::RefusedProtocolVersion => {
                "the broker does not speak MQTT 3.1.1; try version = \"5\"".to_owned()
            }
            ConnectReturnCode::Success => "the broker refused".to_owned(),
        },
        ConnectionError::NotConnAck(_) => NO_BROKER.to_owned(),
        other => in_chain(other).unwrap_or_else(|| other.to_string()),
    }
}

/// Of version 5.
pub(crate) fn words_v5(e: &v5::ConnectionError) -> String {
    use v5::ConnectionError;
    use v5::mqttbytes::v5::ConnectReturnCode;
    match e {
        ConnectionError::Timeout(_) => "no answer in time".to_owned(),
        ConnectionError::ConnectionRefused(code) => match code {
            ConnectReturnCode::BadUserNamePassword => WRONG_PASSWORD.to_owned(),
            ConnectReturnCode::NotAuthorized => NOT_LET_IN.to_owned(),
            ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => BAD_CLIENT_ID.to_owned(),
            ConnectReturnCode::UnsupportedProtocolVersion | ConnectReturnCode::RefusedProtocolVersion => {
                "the broker does not speak MQTT 5; try version = \"3.1.1\"".to_owned()
            }
            other => format!("the broker refused: {other:?}"),
        },
        ConnectionError::MqttState(v5::StateError::ServerDisconnect { reason_code, .. }) => {
            format!("the broker ended the connection: {reason_code:?}")
        }
        ConnectionError::MqttState(v5::StateError::ConnectionAborted) => ENDED.to_owned(),
        // the library does not name it as the source
        ConnectionError::MqttState(v5::StateError::Deserialization(inner)) => {
            in_chain(inner).unwrap_or_else(|| inner.to_string())
        }
        ConnectionError::NotConnAck(_) => NO_BROKER.to_owned(),
        other => in_chain(other).unwrap_or_else(|| other.to_string()),
    }
}

const WRONG_PASSWORD: &str = "the broker refused: wrong user or password";
const NOT_LET_IN: &str = "the broker refused: this user or client may not connect";
const BAD_CLIENT_ID: &str = "the broker refused: it does not take this client_id";
const ENDED: &str = "the broker ended the connection";
const NO_BROKER: &str = "what answers there is not an MQTT broker";

/// What TLS or the system says, where one of them is the cause.
fn in_chain(e: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(e);
    let mut system = None;
    while let Some(e) = next {
        // an error inside an I/O error is not its source but what it holds
        let held = e.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = e.downcast_ref().or_else(|| held.and_then(|h| h.downcast_ref::<rustls::Error>()));
        if let Some(tls) = tls {
            return Some(tls_words(tls));
        }
        if let Some(io) = e.downcast_ref::<io::Error>() {
            system = Some(io_words(io));
        }
        next = e.source();
    }
    system
}

fn io_words(e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there (connection refused)".to_owned(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            format!("{ENDED} ({e})")
        }
        _ => e.to_string(),
    }
}

fn tls_words(e: &rustls::Error) -> String {
    use rustls::Error as Tls;
    let certificate = |e: &CertificateError| match e {
        CertificateError::UnknownIssuer => {
            "the broker's certificate is signed by nobody known here; name the authority that signed it with `ca`"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the broker's certificate is for another name; connect by that name, or give it as `server_name`"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the broker's certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the broker's certificate is not valid yet; is this machine's clock right?"
        }
        CertificateError::Revoked => "the broker's certificate has been revoked",
        CertificateError::BadSignature => "the broker's certificate has a wrong signature",
        _ => "the broker's certificate cannot be trusted",
    };
    let words = match e {
        Tls::InvalidCertificate(e) => certificate(e),
        Tls::AlertReceived(AlertDescription::CertificateRequired) => {
            "the broker wants a client certificate; give `cert` and `key`"
        }
        Tls::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError,
        ) => "the broker does not accept the client certificate of `cert` and `key`",
        Tls::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the broker ended the handshake; it may want a client certificate (`cert` and `key`)"
        }
        Tls::InvalidMessage(_) => "what answers there does not speak TLS; is the port that of plain MQTT?",
        Tls::PeerIncompatible(_) | Tls::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the broker does not speak TLS 1.2 or 1.3"
        }
        _ => return format!("TLS: {e}"),
    };
    format!("{words} ({e})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_found_however_deep_it_is() {
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let deep =
            rumqttc::ConnectionError::Tls(rumqttc::TlsError::Io(io::Error::new(io::ErrorKind::InvalidData, unknown())));
        for (error, expect) in [
            (deep, "name the authority that signed it with `ca`"),
            (rumqttc::ConnectionError::Tls(rumqttc::TlsError::TLS(unknown())), "`ca`"),
            (
                rumqttc::ConnectionError::Io(io::Error::new(
                    io::ErrorKind::InvalidData,
                    rustls::Error::AlertReceived(AlertDescription::CertificateRequired),
                )),
                "give `cert` and `key`",
            ),
            (rumqttc::ConnectionError::Io(io::ErrorKind::ConnectionRefused.into()), "nothing listens there"),
            (rumqttc::ConnectionError::ConnectionRefused(rumqttc::ConnectReturnCode::NotAuthorized), "may not connect"),
        ] {
            let words = words_v3(&error);
            assert!(words.contains(expect), "{words}");
        }
        let five = v5::ConnectionError::Tls(rumqttc::TlsError::Io(io::Error::other(unknown())));
        assert!(words_v5(&five).contains("`ca`"));
        let alert = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        let inner = v5::mqttbytes::Error::Io(io::Error::new(io::ErrorKind::InvalidData, alert));
        let five = v5::ConnectionError::MqttState(v5::StateError::Deserialization(inner));
        assert!(words_v5(&five).contains("give `cert` and `key`"));
    }
}
