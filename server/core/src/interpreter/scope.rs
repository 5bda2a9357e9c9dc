//! What templates of a step see, and what their errors mean for the run.

use serde_json::Value;

use super::state::{Outcome, State};
use super::{answer, bounds};
use crate::error::ErrorCode;
use crate::failure::Failure;
use crate::json::Json;
use crate::workflow::Step;
use crate::workflow::template::{self, Scope, StepValue, TemplateError};

/// The cap of a step's title, in characters.
const TITLE_CHARS: usize = 200;

fn with_scope<T>(
    state: &State,
    place: &str,
    render: impl FnOnce(&Scope<'_>) -> Result<T, TemplateError>,
) -> Result<T, Failure> {
    let session = Json::new(Value::from(state.session.clone()));
    let scope = Scope {
        input: &state.input,
        context: &state.context,
        config: state.program().config(),
        session: &session,
        // Validation lets a template name only steps that have certainly ended before it.
        steps: &|id| step_value(state, id),
    };
    render(&scope).map_err(|error| {
        let sentence = format!("A template of {place} cannot be rendered");
        Failure::new(ErrorCode::DefinitionError, sentence).with_detail(error.to_string())
    })
}

fn step_value(state: &State, id: &str) -> Option<StepValue> {
    match state.run_of(state.places.get(id)?)?.outcome.as_ref()? {
        Outcome::Completed(output) => Some(StepValue { status: "completed", output: output.clone() }),
        Outcome::Failed { .. } => Some(StepValue { status: "failed", output: Json::default() }),
    }
}

/// Renders every string inside `template`, as the step `step` sees the run.
pub(super) fn render(state: &State, step: &str, template: &Value) -> Result<Json, Failure> {
    let place = format!("step '{step}'");
    let value = with_scope(state, &place, |scope| template::render(template, scope))?;
    let what = format!("A rendered value of {place}");
    bounds::check(&value, ErrorCode::DefinitionError, &what)?;
    Ok(Json::new(value))
}

/// Renders to text, as the step `step` sees the run.
pub(super) fn render_text(state: &State, step: &str, template: &str) -> Result<String, Failure> {
    with_scope(state, &format!("step '{step}'"), |scope| template::render_text(template, scope))
}

/// Whether a condition of the step `step` holds.
pub(super) fn holds(state: &State, step: &str, condition: &str) -> Result<bool, Failure> {
    with_scope(state, &format!("step '{step}'"), |scope| template::evaluate(condition, scope))
}

/// The title of a step's row. A title that cannot be rendered never fails a run.
pub(super) fn title(state: &State, step: &Step) -> Option<String> {
    let title = render_text(state, &step.id, step.summary.as_ref()?).ok()?;
    Some(title.chars().take(TITLE_CHARS).collect())
}

/// The run's output: the definition's `output`, else the last step's, fitting `output_schema`.
pub(super) fn output(state: &State, last: Json) -> Result<Json, Failure> {
    let program = state.program();
    let output = match &program.definition().output {
        Some(template) => {
            with_scope(state, "the definition's output", |scope| template::render(template, scope))
                .map(Json::new)?
        }
        None => last,
    };
    bounds::check(&output, ErrorCode::DefinitionError, "The workflow's output")?;
    let problems = program.output_problems(&output);
    if problems.is_empty() {
        return Ok(output);
    }
    Err(Failure::new(ErrorCode::InvalidOutput, "The output does not fit the workflow's output_schema")
        .with_detail(answer::listed(&problems)))
}
