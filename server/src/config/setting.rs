//! One variable of the environment, or the file that `NAME_FILE` points at.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;

/// A value that is set but wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {why}")]
pub struct ConfigError {
    name: String,
    why: String,
}

impl ConfigError {
    /// `why` continues the sentence that begins with the variable's name.
    #[must_use]
    pub fn new(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), why: why.into() }
    }
}

/// A row of `config show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The variable.
    pub name: String,
    /// Its value, redacted where it is a secret.
    pub value: String,
    /// `environment`, `file` or `default`.
    pub origin: &'static str,
}

/// The variables that there are.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        let text = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { variables: text.collect() }
    }

    /// With a variable set, as a command-line flag does.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// The value of `name`, else the content of the file that `name_FILE` points at; blank is unset.
    ///
    /// # Errors
    /// When both are set, or the file cannot be read.
    pub fn text(&self, name: &str) -> Result<Option<String>, ConfigError> {
        let filled = |name: &str| self.variables.get(name).filter(|value| !value.trim().is_empty()).cloned();
        let file_name = format!("{name}_FILE");
        match (filled(name), filled(&file_name)) {
            (Some(_), Some(_)) => {
                Err(ConfigError::new(name, format!("and {file_name} are both set; keep one of them")))
            }
            (Some(value), None) => Ok(Some(value.trim().to_owned())),
            (None, None) => Ok(None),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(content) => Ok(Some(content.trim().to_owned()).filter(|content| !content.is_empty())),
                Err(error) => {
                    let why = format!("points at {path}, which cannot be read: {error}");
                    Err(ConfigError::new(&file_name, why))
                }
            },
        }
    }

    /// A whole number within `range`.
    ///
    /// # Errors
    /// When it is set to anything else.
    pub fn number(&self, name: &str, default: u64, range: RangeInclusive<u64>) -> Result<u64, ConfigError> {
        let Some(text) = self.text(name)? else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let why = format!("is '{text}'; use a whole number from {} to {}", range.start(), range.end());
            ConfigError::new(name, why)
        })
    }

    /// A row of `config show`.
    #[must_use]
    pub fn shown(&self, name: &str, value: String) -> Shown {
        let origin = if self.variables.contains_key(name) {
            "environment"
        } else if self.variables.contains_key(&format!("{name}_FILE")) {
            "file"
        } else {
            "default"
        };
        Shown { name: name.to_owned(), value, origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_in_for_variables() {
        let path = std::env::temp_dir().join(format!("magone-setting-{}", std::process::id()));
        std::fs::write(&path, "from-file\n").unwrap();
        let env = Environment::default().with("X_FILE", path.display().to_string());
        assert_eq!(env.text("X").unwrap().as_deref(), Some("from-file"));
        let both = env.clone().with("X", "y").text("X").unwrap_err();
        assert!(both.to_string().starts_with("X and X_FILE are both set"), "{both}");
        std::fs::remove_file(&path).unwrap();
        assert!(env.text("X").unwrap_err().to_string().starts_with("X_FILE points at"));
    }

    #[test]
    fn blanks_are_unset_and_numbers_are_checked() {
        let env = Environment::default().with("A", "  ").with("B", "7").with("C", "seven");
        assert_eq!(env.text("A").unwrap(), None);
        assert_eq!(env.number("B", 1, 0..=9).unwrap(), 7);
        assert_eq!(env.number("A", 1, 0..=9).unwrap(), 1);
        assert!(env.number("B", 1, 0..=5).is_err());
        assert_eq!(
            env.number("C", 1, 0..=5).unwrap_err().to_string(),
            "C is 'seven'; use a whole number from 0 to 5"
        );
    }
}
