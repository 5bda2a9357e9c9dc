//! `agent`: runs an agent to its answer.

use serde_json::Value;

use crate::error::ErrorCode;
use crate::execution::EventKind;
use crate::failure::Failure;
use crate::interpreter::draft::Draft;
use crate::interpreter::{budget, scope};
use crate::json::Json;
use crate::message::{Message, Role};
use crate::path::StepPath;

pub(super) fn begin(draft: &mut Draft<'_>, path: &StepPath, agent: &str, input: Option<&Value>) {
    if let Some(failure) = budget::no_more_tokens(draft.state) {
        return draft.fail_step_and_run(path, failure);
    }
    match opening(draft, path, agent, input) {
        Ok(messages) => {
            draft.emit(EventKind::AgentStarted { step: path.clone(), agent: agent.to_owned(), messages })
        }
        Err(failure) => draft.fail_step(path, failure),
    }
}

/// Instructions and input as the model sees them.
fn opening(
    draft: &Draft<'_>,
    path: &StepPath,
    agent: &str,
    input: Option<&Value>,
) -> Result<Vec<Message>, Failure> {
    let Some(agent) = draft.state.program().agent(agent) else {
        let sentence = format!("The definition names the agent '{agent}', which does not exist");
        return Err(Failure::new(ErrorCode::DefinitionError, sentence));
    };
    let instructions = scope::render_text(draft.state, path, &agent.instructions)?;
    let input = match input {
        Some(template) => scope::render(draft.state, path, template)?,
        None => draft.state.input.clone(),
    };
    let system = (!instructions.is_empty()).then(|| Message::text(Role::System, instructions));
    Ok(system.into_iter().chain([Message::text(Role::User, as_text(&input))]).collect())
}

/// Text as it is, anything else as JSON.
fn as_text(value: &Json) -> String {
    match &**value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
