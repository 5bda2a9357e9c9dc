//! Model providers.

use magone_activities::llm::openai::OpenAiSettings;

use super::setting::{ConfigError, Environment, Shown};

/// Model providers.
#[derive(Clone, Debug)]
pub struct Models {
    /// `OPENAI_API_KEY` and `OPENAI_BASE_URL`; `None`: neither is set.
    pub openai: Option<OpenAiSettings>,
}

impl Models {
    pub(super) fn read(env: &Environment) -> Result<Self, ConfigError> {
        let (url, key) = (env.text("OPENAI_BASE_URL")?, env.text("OPENAI_API_KEY")?);
        Ok(Self { openai: OpenAiSettings::from_parts(url, key) })
    }

    pub(super) fn shown(&self, env: &Environment) -> Vec<Shown> {
        let openai = self.openai.as_ref();
        let key = if openai.is_some_and(|openai| openai.api_key.is_some()) { "(set)" } else { "(not set)" };
        let url = openai.and_then(|openai| openai.base_url.clone());
        vec![
            env.shown("OPENAI_API_KEY", key.to_owned()),
            env.shown("OPENAI_BASE_URL", url.unwrap_or_else(|| "https://api.openai.com/v1".to_owned())),
        ]
    }
}
