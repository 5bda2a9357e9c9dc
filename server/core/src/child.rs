//! How a child is started: from what its parent is and what its step asks for. The same for every
//! engine.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ErrorCode;
use crate::execution::{ChildRun, Pins};
use crate::failure::Failure;
use crate::ids::{TenantId, TenantWorkflowId};
use crate::json::Json;
use crate::ports::{StartRun, StoreError};
use crate::workflow::Problem;
use crate::workflow::program::Program;

/// What a child is told when nobody waits for it any more.
pub const UNWANTED: &str = "The execution that started it does not wait for it any more";

/// What a child has from its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Family {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The tenant's slug; empty where the engine does not ask for it.
    pub tenant_slug: String,
    /// The tenant's workflow.
    pub tenant_workflow_id: TenantWorkflowId,
    /// The tenant's name for it.
    pub workflow_slug: String,
    /// The caller's session.
    pub session_id: Option<String>,
    /// Versions.
    pub pins: Pins,
}

impl Family {
    /// The same with the versions that the child keeps to.
    ///
    /// # Errors
    /// Where its definition was not foreseen when the parent began.
    pub fn of_child(&self, child: &ChildRun) -> Result<Self, Failure> {
        match self.pins.child(&child.workflow) {
            Some(pins) => Ok(Self { pins, ..self.clone() }),
            None => Err(unknown(child)),
        }
    }
}

/// The start of a child, with its own versions in `family`. Whoever started its parent is told of the parent's end only: a child posts
/// to no webhook.
///
/// # Errors
/// Why its definition does not take what it is given.
pub fn start(family: Family, child: ChildRun, program: Arc<Program>) -> Result<StartRun, Failure> {
    let none = Map::new();
    let overlay = child.context.as_object().unwrap_or(&none);
    if let Some(problem) = program.input_problems(&child.input).first() {
        return Err(unfit(&child, "input", problem));
    }
    if let Some(problem) = program.context_problems(overlay).first() {
        return Err(unfit(&child, "context", problem));
    }
    let mut context = program.definition().context.clone();
    context.extend(overlay.clone());
    Ok(StartRun {
        execution_id: child.execution_id,
        tenant_id: family.tenant_id,
        tenant_slug: family.tenant_slug,
        tenant_workflow_id: family.tenant_workflow_id,
        workflow_slug: family.workflow_slug,
        input: child.input,
        context: Json::new(Value::Object(context)),
        session_id: family.session_id,
        webhook_url: None,
        pins: family.pins,
        program,
        parent: Some(child.parent),
        retry: None,
        claim: None,
    })
}

/// The definition that the step names is none of those that the run keeps to.
fn unknown(child: &ChildRun) -> Failure {
    let (step, workflow) = (child.parent.step.step_id(), &child.workflow);
    let sentence =
        format!("Step '{step}' runs the workflow '{workflow}', which the execution is not pinned to");
    Failure::new(ErrorCode::DefinitionError, sentence)
}

/// The version that the child keeps to cannot be loaded.
#[must_use]
pub fn lost(child: &ChildRun, error: &StoreError) -> Failure {
    let sentence = format!("The workflow '{}' cannot be loaded any more", child.workflow);
    Failure::new(ErrorCode::DefinitionError, sentence).with_detail(error.to_string())
}

fn unfit(child: &ChildRun, what: &str, problem: &Problem) -> Failure {
    let (step, workflow) = (child.parent.step.step_id(), &child.workflow);
    let sentence =
        format!("What step '{step}' gives to the workflow '{workflow}' as its {what} does not fit");
    let detail = format!("{} {}", problem.pointer, problem.detail);
    Failure::new(ErrorCode::DefinitionError, sentence).with_detail(detail.trim())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::execution::{Budget, Parent, PinnedWorkflow};
    use crate::ids::ExecutionId;
    use crate::path::StepPath;
    use crate::workflow::parse;

    fn child(input: Value, context: Value) -> Result<StartRun, Failure> {
        let text = "id: other\nentry_step: a\noverridable: [region]\ncontext: { region: west, year: 2026 }\n\
                    steps:\n  - { id: a, type: transform, value: 1 }\n";
        let program = Arc::new(Program::new(parse::definition(text).unwrap(), []).unwrap());
        let budget = Budget { max_steps: 1, max_tokens: None, max_cost_usd: None };
        let execution_id = ExecutionId::from_text("exec_parent");
        let parent = Parent { execution_id, step: StepPath::root("sub"), depth: 1, budget };
        let child = ChildRun {
            execution_id: ExecutionId::from_text("exec_child"),
            workflow: "other".to_owned(),
            input: Json::new(input),
            context: Json::new(context),
            parent,
        };
        let family = Family {
            tenant_id: TenantId::from_text("ten_1"),
            tenant_slug: "acme".to_owned(),
            tenant_workflow_id: TenantWorkflowId::from_text("twf_1"),
            workflow_slug: "report".to_owned(),
            session_id: Some("s".to_owned()),
            pins: Pins::default(),
        };
        start(family, child, program)
    }

    #[test]
    fn a_child_has_its_parents_tenant_and_its_own_context() {
        let start = child(json!("x"), json!({"region": "east"})).unwrap();
        assert_eq!(*start.context, json!({"region": "east", "year": 2026}));
        assert_eq!((start.workflow_slug.as_str(), start.webhook_url), ("report", None));
        assert_eq!(start.parent.unwrap().execution_id.as_str(), "exec_parent");
        assert_eq!(*child(json!("x"), Value::Null).unwrap().context, json!({"region": "west", "year": 2026}));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let failure = child(json!(1), Value::Null).unwrap_err();
        assert_eq!(failure.error, "What step 'sub' gives to the workflow 'other' as its input does not fit");
        assert_eq!(failure.detail.unwrap(), "the input of this workflow is a string");
        let failure = child(json!("x"), json!({"year": 2027})).unwrap_err();
        assert_eq!(failure.detail.unwrap(), "/year `year` is not a key that callers may set");
    }

    #[test]
    fn pins_of_a_child_are_those_that_its_parent_began_with() {
        let workflows = ["b", "c"].map(|id| PinnedWorkflow {
            definition: id.to_owned(),
            version: 3,
            agents: vec![(format!("agent-{id}"), 2)],
        });
        let overrides = Some(Json::new(json!({"config": {}})));
        let pins = Pins { workflows: workflows.to_vec(), overrides, scripted: true, ..Pins::default() };
        let child = pins.child("c").unwrap();
        assert_eq!((child.definition.as_str(), child.version, child.scripted), ("c", 3, true));
        assert_eq!((child.agents, child.overrides), (vec![("agent-c".to_owned(), 2)], None));
        assert_eq!(child.workflows, workflows, "its own children are foreseen too");
        assert_eq!(pins.child("d"), None);
    }
}
