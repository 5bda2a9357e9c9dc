//! Why a command did not do what it was asked to: sentences for people, a number for scripts.

use magone_activities as activities;
use magone_core::workflow::Problem;
use magone_service::ServiceError;
use magone_store::{OpenError, StoreError};

use super::exit::Exit;
use super::terminal::{self, Paint};
use crate::application::StartError;
use crate::config::ConfigError;

/// Why a command failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub exit: Exit,
    /// What happened and how to mend it; empty where nothing is left to be said.
    pub sentence: String,
    /// The stable code of the error table, where there is one.
    pub code: Option<String>,
    /// Single problems with their places.
    pub problems: Vec<Problem>,
}

/// How commands end.
pub(super) type Outcome = Result<(), Failure>;

impl Failure {
    pub fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, sentence: sentence.into(), code: None, problems: Vec::new() }
    }

    /// Without a number of its own.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Failed, sentence)
    }

    /// The command line or a setting is wrong.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, sentence)
    }

    /// Everything was said already.
    pub fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// With a stable code.
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With single problems.
    pub fn with_problems(mut self, problems: &[Problem]) -> Self {
        self.problems = problems.to_vec();
        self
    }

    /// Tells it on standard error.
    pub fn tell(&self) {
        if self.sentence.is_empty() {
            return;
        }
        let mut text = format!("{} {}", Paint::of_stderr().bad("error:"), terminal::plain(&self.sentence));
        if let Some(code) = &self.code {
            text.push_str(&format!(" ({})", terminal::plain(code)));
        }
        for problem in self.told_apart() {
            let place = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
            text.push_str(&format!("\n  {}: {}", terminal::plain(place), terminal::plain(&problem.detail)));
        }
        terminal::say(&text);
    }

    /// The problems that the sentence does not hold already.
    fn told_apart(&self) -> &[Problem] {
        match self.problems.as_slice() {
            [only] if self.sentence.contains(&only.detail) => &[],
            all => all,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let exit = match &error {
            OpenError::Url(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        // Whoever works on the database itself may read what tenants never do.
        if let ServiceError::Unavailable(why) = &error {
            return Self::failed(format!("the database cannot be used right now: {why}"));
        }
        let code = error.code();
        let sentence = match error.internal() {
            Some(why) => format!("{error}: {why}"),
            None => error.to_string(),
        };
        Self::new(Exit::of(code), sentence).with_code(code.as_str()).with_problems(error.problems())
    }
}

impl From<activities::Error> for Failure {
    fn from(error: activities::Error) -> Self {
        let exit = match &error {
            activities::Error::Setting { .. } | activities::Error::NotConfigured(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(error) => error.into(),
            StartError::Database(error) => error.into(),
            StartError::Service(error) => error.into(),
            StartError::Activities(error) => error.into(),
            error => Self::failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_every_layer_keep_their_sentence_and_get_their_number() {
        let config = Failure::from(ConfigError::new("LOG_LEVEL", "is 'loud'"));
        assert_eq!((config.exit, config.sentence.as_str()), (Exit::Usage, "LOG_LEVEL is 'loud'"));
        let missing = Failure::from(ServiceError::not_found("Tenant", "magure"));
        assert_eq!(missing, Failure::new(Exit::NotFound, "Tenant 'magure' not found").with_code("not_found"));
        let away = Failure::from(StoreError::Unavailable("database is locked".to_owned()));
        assert_eq!(away.exit, Exit::Failed);
        assert!(away.sentence.ends_with(": database is locked"), "{}", away.sentence);
    }

    #[test]
    fn several_problems_are_listed_and_a_single_one_is_not_told_twice() {
        let one = vec![Problem::new("/slug", "no slug")];
        let failure = Failure::from(ServiceError::invalid("tenant", one.clone()));
        assert!(failure.sentence.contains("/slug: no slug") && failure.told_apart().is_empty());
        let two = [one.clone(), one].concat();
        assert_eq!(Failure::from(ServiceError::invalid("tenant", two)).told_apart().len(), 2);
    }
}
