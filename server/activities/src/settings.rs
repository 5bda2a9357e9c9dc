//! What the operator decides.

use crate::llm::openai::OpenAiSettings;

/// Settings of [`crate::RealActivities`].
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The OpenAI-compatible provider; `None`: models named `openai/…` fail as not configured.
    pub openai: Option<OpenAiSettings>,
    /// `provider/name` that stands in for `scripted/demo`, so that the demo's agents can speak
    /// through a real model. Runs that are forced onto the scripted provider do not see it.
    pub model_override: Option<String>,
}
