//! The settings: all that are wrong, not only the first.

use super::finding::Finding;
use crate::config::{Config, Environment};

const CHECK: &str = "settings";

/// What could be read.
#[derive(Debug)]
pub(super) struct Checked {
    /// The configuration; what is wrong is left out of it.
    pub config: Config,
    wrong: Vec<String>,
}

impl Checked {
    /// Whether what these variables decide is as they say, and not a default in their place.
    pub fn stands(&self, variables: &[&str]) -> bool {
        let names = |name: &str| variables.iter().any(|variable| name.trim_end_matches("_FILE") == *variable);
        !self.wrong.iter().any(|name| names(name))
    }
}

/// Tells every wrong setting, and answers the configuration without them; `None` where even that
/// cannot be read.
pub(super) fn check(env: &Environment, findings: &mut Vec<Finding>) -> Option<Checked> {
    let mut env = env.clone();
    let mut wrong: Vec<String> = Vec::new();
    loop {
        let error = match Config::read(&env) {
            Ok(config) => {
                if wrong.is_empty() {
                    findings.push(Finding::ok(CHECK, "all are understood"));
                }
                return Some(Checked { config, wrong });
            }
            Err(error) => error.to_string(),
        };
        // The sentence begins with the variable; blank is unset.
        let name = error.split(' ').next().unwrap_or_default().to_owned();
        let again = wrong.contains(&name);
        findings.push(Finding::problem(CHECK, error));
        if again {
            return None;
        }
        env = env.with(&name, "");
        wrong.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_setting_is_told_and_the_rest_still_read() {
        let env = Environment::default()
            .with("LOG_LEVEL", "loud")
            .with("DATABASE_URL", "mysql://x")
            .with("MAGONE_LISTEN_FILE", "/nowhere/at/all")
            .with("MAGONE_DATA_DIR", "/tmp/here");
        let mut findings = Vec::new();
        let checked = check(&env, &mut findings).unwrap();
        assert_eq!(checked.config.data_dir, std::path::Path::new("/tmp/here"));
        let told: Vec<_> = findings.iter().map(|finding| finding.detail.split(' ').next().unwrap()).collect();
        for name in ["LOG_LEVEL", "DATABASE_URL", "MAGONE_LISTEN_FILE"] {
            assert!(told.contains(&name), "{told:?}");
        }
        assert!(checked.stands(&["MAGONE_DATA_DIR"]) && checked.stands(&["OPENAI_API_KEY"]));
        assert!(!checked.stands(&["MAGONE_CONSOLE_LISTEN", "MAGONE_LISTEN"]));
        assert!(findings.len() == 3 && findings.iter().all(|finding| !finding.ok));
    }

    #[test]
    fn settings_in_order_are_one_line() {
        let mut findings = Vec::new();
        assert!(check(&Environment::default(), &mut findings).is_some());
        assert!(findings.len() == 1 && findings[0].ok);
    }
}
