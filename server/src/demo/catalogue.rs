//! What the demo consists of. The files are part of the binary.

use magone_core::agent::Agent;
use magone_core::workflow::validate::{self, Known};
use magone_core::workflow::{Definition, Problem};

use crate::application::StartError;

const AGENTS: [&str; 10] = [
    include_str!("agents/data-analyzer.yaml"),
    include_str!("agents/kpi-calculator.yaml"),
    include_str!("agents/formatter.yaml"),
    include_str!("agents/ops-agent.yaml"),
    include_str!("agents/calculator.yaml"),
    include_str!("agents/data-agent.yaml"),
    include_str!("agents/trend-analyst.yaml"),
    include_str!("agents/forecaster.yaml"),
    include_str!("agents/chart-gen.yaml"),
    include_str!("agents/report-writer.yaml"),
];

const WORKFLOWS: [&str; 3] = [
    include_str!("workflows/kpi-sales.yaml"),
    include_str!("workflows/kpi-ops.yaml"),
    include_str!("workflows/analytics.yaml"),
];

/// The agents. Whether what they name exists is checked when they are saved.
pub(super) fn agents() -> Result<Vec<Agent>, StartError> {
    let read = |text: &&str| validate::read_agent(text, Known::ANYTHING).map_err(unsound);
    AGENTS.iter().map(read).collect()
}

/// The workflows.
pub(super) fn workflows() -> Result<Vec<Definition>, StartError> {
    let read = |text: &&str| validate::read_definition(text, Known::ANYTHING).map_err(unsound);
    WORKFLOWS.iter().map(read).collect()
}

/// A fault of ours: a test keeps it from happening.
fn unsound(problems: Vec<Problem>) -> StartError {
    let told: Vec<_> =
        problems.iter().map(|problem| format!("{}: {}", problem.pointer, problem.detail)).collect();
    StartError::System(format!("the demo is not valid: {}", told.join("; ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use magone_activities::{RealActivities, Settings};
    use magone_core::ports::Activities;
    use magone_core::workflow::StepKind;
    use magone_core::workflow::program::Program;
    use magone_core::workflow::validate::Collections;

    use super::*;

    #[test]
    fn everything_is_valid_with_the_tools_that_there_are() {
        let tools = RealActivities::new(Settings::default()).unwrap().tools();
        let tool = |name: &str| tools.iter().any(|tool| tool == name);
        let agents: BTreeSet<_> = agents().unwrap().into_iter().map(|agent| agent.id).collect();
        let known = Known {
            agents: &|id| agents.contains(id),
            tools: &tool,
            workflows: &|_| None,
            collections: Collections::NoStore,
        };
        for text in AGENTS {
            assert_eq!(validate::read_agent(text, known).unwrap().model, "scripted/demo");
        }
        for text in WORKFLOWS {
            validate::read_definition(text, known).unwrap();
        }
    }

    #[test]
    fn the_workflows_have_as_many_agents_as_they_promise_and_no_agent_is_idle() {
        let workflows = workflows().unwrap();
        let used: Vec<_> = workflows
            .iter()
            .map(|workflow| (workflow.id.as_str(), Program::agents_named(workflow)))
            .collect();
        let counts: Vec<_> = used.iter().map(|(id, agents)| (*id, agents.len())).collect();
        assert_eq!(counts, [("kpi-sales", 3), ("kpi-ops", 2), ("analytics", 5)]);
        let used: BTreeSet<_> = used.iter().flat_map(|(_, agents)| agents).collect();
        let all = agents().unwrap();
        assert_eq!(used, all.iter().map(|agent| &agent.id).collect());
    }

    #[test]
    fn every_workflow_shows_steps_side_by_side_with_titles_and_a_tool() {
        for workflow in workflows().unwrap() {
            let has = |wanted: &str| workflow.steps.iter().any(|step| step.kind.name() == wanted);
            assert!(has("parallel") && has("tool"), "{}", workflow.id);
            assert!(workflow.steps.iter().all(|step| step.summary.is_some()), "{}", workflow.id);
            for step in &workflow.steps {
                assert!(
                    !matches!(step.kind, StepKind::Agent { input: None, .. }),
                    "{}: {}",
                    workflow.id,
                    step.id
                );
            }
        }
        assert!(agents().unwrap().iter().all(|agent| agent.output_schema.is_some()));
    }
}
