//! What the API takes in: from which pages, how much at once, how slowly.

use std::time::Duration;

use magone_service::is_origin;

use super::setting::{ConfigError, Environment, Shown};

/// What the API takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// `CORS_ORIGINS`: origins of web pages that may call for every tenant.
    pub origins: Vec<String>,
    /// `MAGONE_REQUESTS_MOST`: requests in work at once; streams that were begun do not count.
    pub requests_most: usize,
    /// `MAGONE_BODY_SECONDS`: how long a body may take to arrive.
    pub body_time: Duration,
}

impl Gate {
    pub(super) fn read(env: &Environment) -> Result<Self, ConfigError> {
        let origins = env.text("CORS_ORIGINS")?.unwrap_or_default();
        let origins = origins.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let origins = origins.map(checked).collect::<Result<_, _>>()?;
        let most = env.number("MAGONE_REQUESTS_MOST", 20_000, 1..=1_000_000)?;
        let body_time = Duration::from_secs(env.number("MAGONE_BODY_SECONDS", 20, 1..=3_600)?);
        Ok(Self { origins, requests_most: usize::try_from(most).unwrap_or(usize::MAX), body_time })
    }

    pub(super) fn shown(&self, env: &Environment) -> Vec<Shown> {
        vec![
            env.shown("CORS_ORIGINS", self.origins.join(",")),
            env.shown("MAGONE_REQUESTS_MOST", self.requests_most.to_string()),
            env.shown("MAGONE_BODY_SECONDS", self.body_time.as_secs().to_string()),
        ]
    }
}

fn checked(origin: &str) -> Result<String, ConfigError> {
    if is_origin(origin) {
        return Ok(origin.to_owned());
    }
    let why = match origin {
        "*" => "is '*': answers carry credentials and tenants' data, so name the origins, such as \
                https://app.example.com,https://admin.example.com"
            .to_owned(),
        _ => format!(
            "names '{origin}'; use origins as browsers send them, separated by commas: scheme, host and port, \
             no path, such as https://app.example.com"
        ),
    };
    Err(ConfigError::new("CORS_ORIGINS", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_named_one_by_one_and_as_browsers_send_them() {
        let read = |value: &str| Gate::read(&Environment::default().with("CORS_ORIGINS", value));
        let two = read("https://a.example, http://localhost:3000,").unwrap();
        assert_eq!(two.origins, ["https://a.example", "http://localhost:3000"]);
        for wrong in
            ["*", "null", "a.example", "https://a.example/", "https://A.example", "https://a.example:443"]
        {
            let said = read(wrong).unwrap_err().to_string();
            assert!(said.starts_with("CORS_ORIGINS ") && said.contains(&format!("'{wrong}'")), "{said}");
        }
    }
}
