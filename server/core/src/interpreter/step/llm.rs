//! `llm`: one completion with a prompt.

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::interpreter::draft::Draft;
use crate::interpreter::state::State;
use crate::interpreter::{budget, scope};
use crate::json::Json;
use crate::message::{Message, Role};
use crate::path::StepPath;

/// The rendered prompts, as they go into the log.
pub(super) fn request(
    state: &State,
    path: &StepPath,
    system: Option<&str>,
    prompt: &str,
) -> Result<Json, Failure> {
    let text = |template: &str| scope::render_text(state, path, template);
    let (system, prompt) = (system.map(text).transpose()?, text(prompt)?);
    Ok(Json::new(json!({"system": system, "prompt": prompt})))
}

/// The messages that a logged request opens the conversation with.
pub(in crate::interpreter) fn messages(request: &Json) -> Vec<Message> {
    let part =
        |name: &str, role| request.get(name).and_then(Value::as_str).map(|text| Message::text(role, text));
    part("system", Role::System).into_iter().chain(part("prompt", Role::User)).collect()
}

/// The conversation is open since the step's beginning was logged: may it go on?
pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath) {
    if let Some(failure) = budget::no_more_tokens(draft.state) {
        draft.fail_step_and_run(path, failure);
    }
}
