//! What templates of a step see, and what their errors mean for the run.

use serde_json::Value;

use super::state::{Outcome, State, Work};
use super::{answer, bounds};
use crate::error::ErrorCode;
use crate::failure::Failure;
use crate::json::Json;
use crate::path::StepPath;
use crate::workflow::program::Program;
use crate::workflow::template::{self, Scope, StepValue, TemplateError};
use crate::workflow::{Step, StepKind};

/// The cap of a step's title, in characters.
const TITLE_CHARS: usize = 200;

/// The name of the number of a pass.
const INDEX: &str = "index";

/// From where in the run a template looks at it.
#[derive(Clone, Copy)]
enum Spot<'a> {
    /// From a step.
    Step(&'a StepPath),
    /// From a `loop`, before this round of it.
    Round(&'a StepPath, u32),
    /// From the end of the run.
    End,
}

fn with_scope<T>(
    state: &State,
    spot: Spot<'_>,
    render: impl FnOnce(&Scope<'_>) -> Result<T, TemplateError>,
) -> Result<T, Failure> {
    let session = Json::new(Value::from(state.session.clone()));
    let scope = Scope {
        input: &state.input,
        context: &state.context,
        config: state.program().config(),
        session: &session,
        // Validation lets a template name only steps that have certainly ended before it, and of the
        // passes around it only what they offer.
        steps: &|id| spot.step(state, id),
        locals: &|name| spot.local(state, name),
    };
    render(&scope).map_err(|error| {
        let sentence = format!("A template of {} cannot be rendered", spot.name());
        Failure::new(ErrorCode::DefinitionError, sentence).with_detail(error.to_string())
    })
}

impl Spot<'_> {
    fn name(self) -> String {
        match self {
            Spot::Step(path) | Spot::Round(path, _) => format!("step '{}'", path.step_id()),
            Spot::End => "the definition's output".to_owned(),
        }
    }

    /// The steps around, outermost first, each with the pass through it that is meant.
    fn around(self) -> Vec<(StepPath, Option<u32>)> {
        match self {
            Spot::Step(path) => path.around().collect(),
            // Before a round, the steps inside are those of the round before.
            Spot::Round(path, round) => {
                path.around().chain([(path.clone(), Some(round.saturating_sub(1)))]).collect()
            }
            Spot::End => Vec::new(),
        }
    }

    fn step(self, state: &State, id: &str) -> Option<StepValue> {
        let path = self.locate(state.program(), id);
        match state.run_of(&path).and_then(|run| run.outcome.as_ref()) {
            Some(Outcome::Completed(output)) => {
                Some(StepValue { status: "completed", output: output.clone() })
            }
            Some(Outcome::Failed { .. }) => Some(StepValue { status: "failed", output: Json::default() }),
            // The condition of a loop may name what its rounds have not come to.
            None if matches!(self, Spot::Round(..)) => {
                Some(StepValue { status: "pending", output: Json::default() })
            }
            None => None,
        }
    }

    /// The path of the step that is meant by `id`: the one in the same pass, where both are inside.
    fn locate(self, program: &Program, id: &str) -> StepPath {
        let inside = |at: &Option<(StepPath, Option<u32>)>, id: &str| match at {
            None => StepPath::root(id),
            Some((path, None)) => path.child(id),
            Some((path, Some(pass))) => path.child_in(*pass, id),
        };
        let mut around = self.around().into_iter();
        let mut at = None;
        for container in program.containers(id) {
            let path = inside(&at, container);
            let pass = around.next().filter(|(own, _)| *own == path).and_then(|(_, pass)| pass);
            at = Some((path, pass));
        }
        inside(&at, id)
    }

    /// What the passes around offer by this name; the innermost wins.
    fn local(self, state: &State, name: &str) -> Option<Json> {
        if let (Spot::Round(_, round), INDEX) = (self, name) {
            return Some(Json::new(Value::from(round)));
        }
        let (Spot::Step(path) | Spot::Round(path, _)) = self else {
            return None;
        };
        let mut around: Vec<_> = path.around().collect();
        around.reverse();
        around.into_iter().find_map(|(path, pass)| {
            let pass = pass?;
            match (&state.run_of(&path)?.work, &state.step_of(&path)?.kind) {
                _ if name == INDEX => Some(Json::new(Value::from(pass))),
                (Work::Map(items), StepKind::Map { item, .. }) if item == name => items.value(pass).cloned(),
                _ => None,
            }
        })
    }
}

/// Renders every string inside `template`, as the step at `path` sees the run.
pub(super) fn render(state: &State, path: &StepPath, template: &Value) -> Result<Json, Failure> {
    let value = with_scope(state, Spot::Step(path), |scope| template::render(template, scope))?;
    let what = format!("A rendered value of step '{}'", path.step_id());
    bounds::check(&value, ErrorCode::DefinitionError, &what)?;
    Ok(Json::new(value))
}

/// Renders to text, as the step at `path` sees the run.
pub(super) fn render_text(state: &State, path: &StepPath, template: &str) -> Result<String, Failure> {
    with_scope(state, Spot::Step(path), |scope| template::render_text(template, scope))
}

/// Whether a condition of the step at `path` holds.
pub(super) fn holds(state: &State, path: &StepPath, condition: &str) -> Result<bool, Failure> {
    with_scope(state, Spot::Step(path), |scope| template::evaluate(condition, scope))
}

/// Whether the condition of the loop at `path` holds before this round of it.
pub(super) fn holds_before_round(
    state: &State,
    path: &StepPath,
    round: u32,
    condition: &str,
) -> Result<bool, Failure> {
    with_scope(state, Spot::Round(path, round), |scope| template::evaluate(condition, scope))
}

/// The title of a step's row. A title that cannot be rendered never fails a run.
pub(super) fn title(state: &State, step: &Step, path: &StepPath) -> Option<String> {
    let title = render_text(state, path, step.summary.as_ref()?).ok()?;
    Some(title.chars().take(TITLE_CHARS).collect())
}

/// The run's output: the definition's `output`, else the last step's, fitting `output_schema`.
pub(super) fn output(state: &State, last: Json) -> Result<Json, Failure> {
    let program = state.program();
    let output = match &program.definition().output {
        Some(template) => {
            with_scope(state, Spot::End, |scope| template::render(template, scope)).map(Json::new)?
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
