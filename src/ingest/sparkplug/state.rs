//! STATE: how the host application says that it is online.

use linepack_core::Ts;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct State {
    online: bool,
    timestamp: i64,
}

/// The payload of a birth (`online`) or a death of the host application.
pub(crate) fn payload(online: bool, at: Ts) -> String {
    format!(r#"{{"online":{online},"timestamp":{}}}"#, at.ms())
}

/// Whether a message on our own topic says anything else than that we are online. What cannot be read does: an empty
/// retained message wipes the state just as well.
pub(crate) fn denies(payload: &[u8]) -> bool {
    !serde_json::from_slice::<State>(payload).is_ok_and(|s| s.online)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_what_the_specification_says() {
        assert_eq!(payload(true, Ts(1_668_114_759_262)), r#"{"online":true,"timestamp":1668114759262}"#);
        assert_eq!(payload(false, Ts(1_668_114_759_262)), r#"{"online":false,"timestamp":1668114759262}"#);
    }

    #[test]
    fn only_our_own_birth_is_accepted() {
        for (text, expect) in [
            (r#"{"online":true,"timestamp":1}"#, false),
            (r#"{"timestamp":1,"online":true,"bd_seq":4}"#, false),
            (r#"{"online":false,"timestamp":1}"#, true),
            (r#"{"online":"true"}"#, true),
            ("ONLINE", true),
            ("", true),
        ] {
            assert_eq!(denies(text.as_bytes()), expect, "{text}");
        }
    }
}
