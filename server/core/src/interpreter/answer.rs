//! A model's final answer: does it have the shape that was asked for?

use serde_json::Value;

use super::bounds;
use super::state::State;
use crate::error::ErrorCode;
use crate::failure::Failure;
use crate::json::Json;
use crate::workflow::{Problem, Step};

/// The output of an answer: its text, or the structure that the step's schema asks for.
///
/// # Errors
/// What does not fit.
pub(super) fn judge(state: &State, step: &Step, content: &str) -> Result<Json, Vec<Problem>> {
    if state.program().answer_schema(&step.id).is_none() {
        return Ok(Json::new(Value::from(content)));
    }
    let value: Value = serde_json::from_str(unfenced(content))
        .map_err(|error| vec![Problem::new("", format!("The answer is no JSON: {error}"))])?;
    if let Some(excess) = bounds::excess(&value) {
        return Err(vec![Problem::new("", format!("The answer {excess}"))]);
    }
    let mut problems = state.program().answer_problems(&step.id, &value);
    // The log holds them: their order must not depend on how the schema's validator walks.
    problems.sort();
    if problems.is_empty() { Ok(Json::new(value)) } else { Err(problems) }
}

/// The cap of a line about one problem, in characters.
const LINE_CHARS: usize = 300;

/// Models like to put JSON into a Markdown fence.
fn unfenced(content: &str) -> &str {
    let text = content.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")) else {
        return text;
    };
    inner.strip_prefix("json").unwrap_or(inner).trim()
}

pub(super) fn listed(problems: &[Problem]) -> String {
    // Names of members come from the model, and may be of any length.
    let lines = problems
        .iter()
        .take(20)
        .map(|problem| match problem.pointer.as_str() {
            "" => problem.detail.clone(),
            pointer => format!("{pointer}: {}", problem.detail),
        })
        .map(|line| line.chars().take(LINE_CHARS).collect::<String>());
    lines.collect::<Vec<_>>().join("\n")
}

/// What the model is told, once.
pub(super) fn repair_request(problems: &[Problem]) -> String {
    format!(
        "Your answer does not fit the JSON Schema that it has to fit:\n{}\nAnswer again with the corrected \
         JSON document and nothing else.",
        listed(problems)
    )
}

/// The answer did not fit twice.
pub(super) fn misfit(problems: &[Problem]) -> Failure {
    Failure::new(ErrorCode::InvalidOutput, "The model's answer does not fit the schema, after one repair")
        .with_detail(listed(problems))
}

#[cfg(test)]
mod tests {
    use super::unfenced;

    #[test]
    fn fences_are_taken_off() {
        for (content, inner) in [
            ("{}", "{}"),
            ("  {} \n", "{}"),
            ("```json\n{}\n```", "{}"),
            ("```\n{}\n```\n", "{}"),
            ("```", "```"),
            ("", ""),
        ] {
            assert_eq!(unfenced(content), inner, "{content:?}");
        }
    }
}
