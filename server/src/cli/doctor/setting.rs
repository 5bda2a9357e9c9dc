//! The settings: all that are wrong, not only the first.

use super::finding::Finding;
use crate::config::{Config, Environment};

const CHECK: &str = "settings";

/// Tells every wrong setting, and answers the configuration without them; `None` where even that
/// cannot be read.
pub(super) fn check(env: &Environment, findings: &mut Vec<Finding>) -> Option<Config> {
    let mut env = env.clone();
    let mut named: Vec<String> = Vec::new();
    loop {
        let error = match Config::read(&env) {
            Ok(config) => {
                if named.is_empty() {
                    findings.push(Finding::ok(CHECK, "all are understood"));
                }
                return Some(config);
            }
            Err(error) => error.to_string(),
        };
        // The sentence begins with the variable; blank is unset.
        let name = error.split(' ').next().unwrap_or_default().to_owned();
        let again = named.contains(&name);
        findings.push(Finding::problem(CHECK, error));
        if again {
            return None;
        }
        env = env.with(&name, "");
        named.push(name);
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
        let config = check(&env, &mut findings).unwrap();
        assert_eq!(config.data_dir, std::path::Path::new("/tmp/here"));
        let told: Vec<_> = findings
            .iter()
            .map(|finding| finding.detail.split(' ').next().unwrap())
            .collect();
        for name in ["LOG_LEVEL", "DATABASE_URL", "MAGONE_LISTEN_FILE"] {
            assert!(told.contains(&name), "{told:?}");
        }
        assert!(findings.len() == 3 && findings.iter().all(|finding| !finding.ok));
    }

    #[test]
    fn settings_in_order_are_one_line() {
        let mut findings = Vec::new();
        assert!(check(&Environment::default(), &mut findings).is_some());
        assert!(findings.len() == 1 && findings[0].ok);
    }
}
