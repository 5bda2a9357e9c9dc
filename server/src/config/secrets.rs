//! What secrets in the database are sealed with.

use std::fmt;

use magone_core::vault::Vault;

use super::setting::{ConfigError, Environment, Shown};

/// The variable.
pub const NAME: &str = "SECRETS_ENCRYPTION_KEY";

/// `SECRETS_ENCRYPTION_KEY`, where it is set: known to be understood.
#[derive(Clone)]
pub struct SecretKeys {
    text: Option<String>,
}

impl SecretKeys {
    pub(super) fn read(env: &Environment) -> Result<Self, ConfigError> {
        let text = env.text(NAME)?;
        let keys = Self { text };
        keys.vault().transpose().map_err(|why| ConfigError::new(NAME, why))?;
        Ok(keys)
    }

    /// The vault that they open; `None` where the variable is not set.
    pub(crate) fn vault(&self) -> Option<Result<Vault, String>> {
        self.text.as_deref().map(Vault::parse)
    }

    pub(super) fn shown(&self, env: &Environment) -> Vec<Shown> {
        let word = if self.text.is_some() { "(set)" } else { "(not set)" };
        vec![env.shown(NAME, word.to_owned())]
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKeys").field("set", &self.text.is_some()).finish()
    }
}
