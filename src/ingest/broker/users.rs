//! Who may connect to the embedded broker: a TOML file of `name = "password"`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::types::AuthResult;
use sha2::{Digest, Sha256};

/// Passwords by user name, hashed so that they do not lie about in memory and compare in constant time of their length.
#[derive(Clone)]
pub(super) struct Users(Arc<HashMap<String, [u8; 32]>>);

impl Users {
    /// Reads the file.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        Self::parse(&text).map_err(|e| format!("{}: {e}", file.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        // The parser's message would quote the line, and with it a password.
        let users: HashMap<String, String> =
            toml::from_str(text).map_err(|_| "expected lines of name = \"password\"".to_owned())?;
        if let Some((name, _)) = users.iter().find(|(_, password)| password.is_empty()) {
            return Err(format!("the password of {name} is empty"));
        }
        Ok(Self(Arc::new(users.into_iter().map(|(name, password)| (name, hash(password.as_bytes()))).collect())))
    }

    /// Lets only these users in.
    pub(super) async fn guard(self, context: &ServerContext) {
        let register = context.extends.hook_mgr().register();
        register.add(Type::ClientAuthenticate, Box::new(self)).await;
        register.start().await;
    }

    fn knows(&self, name: &str, password: &[u8]) -> bool {
        self.0.get(name).is_some_and(|known| *known == hash(password))
    }
}

fn hash(password: &[u8]) -> [u8; 32] {
    Sha256::digest(password).into()
}

#[async_trait]
impl Handler for Users {
    async fn hook(&self, parameter: &Parameter, _before: Option<HookResult>) -> ReturnType {
        let Parameter::ClientAuthenticate(info) = parameter else { return (true, None) };
        let known = match (info.username(), info.password()) {
            (Some(name), Some(password)) => self.knows(name, password),
            _ => false,
        };
        let result = if known { AuthResult::Allow(false, None) } else { AuthResult::BadUsernameOrPassword };
        (false, Some(HookResult::AuthResult(result)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_known_by_their_password() {
        let users = Users::parse("hub = \"secret\"\n\"plc.north\" = \"other\"").unwrap();
        assert!(users.knows("hub", b"secret") && users.knows("plc.north", b"other"));
        assert!(!users.knows("hub", b"other") && !users.knows("nobody", b"") && !users.knows("hub", b""));
    }

    #[test]
    fn errors_do_not_tell_passwords() {
        for text in ["hub = secret", "hub = \"\"", "hub = { password = \"secret\" }"] {
            let error = Users::parse(text).err().unwrap();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
