//! Where calls for tenants may go.

use std::sync::Arc;

use magone_activities::guard::{Guard, Names, ScriptedNames, SystemNames};
use magone_core::egress::Egress as Policy;

use super::setting::{ConfigError, Environment, Shown};

const ALLOW: &str = "MAGONE_EGRESS_ALLOW";
const NAMES: &str = "MAGONE_NAMES";

/// Where calls for tenants may go.
#[derive(Clone, Debug)]
pub struct Egress {
    /// The policy with what `MAGONE_EGRESS_ALLOW` opens.
    pub policy: Arc<Policy>,
    /// Who resolves names; answers of a test's own come from `MAGONE_NAMES`, not in release builds.
    names: Arc<dyn Names>,
    list: String,
}

impl Egress {
    pub(super) fn read(env: &Environment) -> Result<Self, ConfigError> {
        let list = env.text(ALLOW)?.unwrap_or_default();
        let policy = Policy::opened(&list).map_err(|why| ConfigError::new(ALLOW, why))?;
        Ok(Self { policy: Arc::new(policy), names: names(env)?, list })
    }

    /// The policy with whoever resolves names for it.
    pub(crate) fn guard(&self) -> Guard {
        Guard::new(Arc::clone(&self.policy), Arc::clone(&self.names))
    }

    pub(super) fn shown(&self, env: &Environment) -> Vec<Shown> {
        vec![env.shown(ALLOW, self.list.clone())]
    }
}

fn names(env: &Environment) -> Result<Arc<dyn Names>, ConfigError> {
    match env.text(NAMES)? {
        None => Ok(Arc::new(SystemNames)),
        Some(_) if !cfg!(debug_assertions) => {
            Err(ConfigError::new(NAMES, "is set: it is for tests and does not exist in release builds"))
        }
        Some(text) => match ScriptedNames::parse(&text) {
            Ok(names) => Ok(Arc::new(names)),
            Err(entry) => {
                Err(ConfigError::new(NAMES, format!("has the entry '{entry}', which is not understood")))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_list_is_one_sentence() {
        let read = |name: &str, value: &str| Egress::read(&Environment::default().with(name, value));
        assert!(read(ALLOW, "localhost:9000,10.0.0.0/8").is_ok());
        let why = read(ALLOW, "http://localhost").unwrap_err().to_string();
        assert!(
            why.starts_with("MAGONE_EGRESS_ALLOW has the entry 'http://localhost'; use a host name"),
            "{why}"
        );
        let why = read(NAMES, "a.test").unwrap_err().to_string();
        assert!(why.starts_with("MAGONE_NAMES has the entry 'a.test'"), "{why}");
    }
}
