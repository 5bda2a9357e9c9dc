//! A definition made ready to run: validated, indexed, with its agents and compiled schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::flow::{self, Graph};
use super::schema::{self, Compiled};
use super::validate::{self, Known};
use super::{Definition, Problem, Step, StepKind, pointer};
use crate::agent::Agent;
use crate::json::Json;

/// A schema with its compiled form.
#[derive(Debug)]
struct Answer {
    schema: Json,
    compiled: Compiled,
}

/// Everything that the interpreter needs to know of a run's pinned versions. Immutable.
#[derive(Debug)]
pub struct Program {
    definition: Definition,
    config: Json,
    agents: BTreeMap<String, Arc<Agent>>,
    index: BTreeMap<String, usize>,
    /// The steps that others are inside of, outermost first, by the id of the inner one.
    containers: BTreeMap<String, Vec<String>>,
    input: Option<Compiled>,
    output: Option<Compiled>,
    /// By step id; the step's own schema, else its agent's.
    answers: BTreeMap<String, Arc<Answer>>,
    /// Schemas of decisions, by step id.
    decisions: BTreeMap<String, Compiled>,
}

impl Program {
    /// Validates and indexes. `agents` are those that the definition names, by id. Tools and
    /// collections are not looked up: what was there when the version was saved may be gone, and then
    /// the call fails.
    ///
    /// # Errors
    /// Every problem that `validate` finds.
    pub fn new(
        mut definition: Definition,
        agents: impl IntoIterator<Item = Arc<Agent>>,
    ) -> Result<Self, Vec<Problem>> {
        let agents: BTreeMap<_, _> = agents.into_iter().map(|a| (a.id.clone(), a)).collect();
        let known = Known { agents: &|id| agents.contains_key(id), ..Known::ANYTHING };
        let problems = validate::definition(&definition, known);
        if !problems.is_empty() {
            return Err(problems);
        }
        flow::link(&mut definition);
        let index = definition.steps.iter().enumerate().map(|(i, s)| (s.id.clone(), i)).collect();
        Ok(Self {
            config: Arc::new(Value::Object(definition.config.clone())),
            input: compiled(definition.input_schema.as_ref(), "/input_schema")?,
            output: compiled(definition.output_schema.as_ref(), "/output_schema")?,
            answers: answers(&definition, &agents)?,
            containers: containers(&definition),
            decisions: decisions(&definition)?,
            definition,
            agents,
            index,
        })
    }

    /// The definition.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The definition's `config`, as templates see it.
    #[must_use]
    pub fn config(&self) -> &Json {
        &self.config
    }

    /// The step of that id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.index.get(id).and_then(|i| self.definition.steps.get(*i))
    }

    /// The steps that the one of that id is inside of, outermost first.
    #[must_use]
    pub fn containers(&self, id: &str) -> &[String] {
        self.containers.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The agent of that id.
    #[must_use]
    pub fn agent(&self, id: &str) -> Option<&Arc<Agent>> {
        self.agents.get(id)
    }

    /// What is wrong with a run's input. Without an `input_schema` it has to be a string.
    #[must_use]
    pub fn input_problems(&self, input: &Value) -> Vec<Problem> {
        match &self.input {
            Some(schema) => schema.problems(input),
            None if input.is_string() => Vec::new(),
            None => vec![Problem::new("", "the input of this workflow is a string")],
        }
    }

    /// What is wrong with a run's output.
    #[must_use]
    pub fn output_problems(&self, output: &Value) -> Vec<Problem> {
        self.output.as_ref().map(|schema| schema.problems(output)).unwrap_or_default()
    }

    /// JSON Schema of the answer of an `agent` or `llm` step: the step's own, else its agent's.
    #[must_use]
    pub fn answer_schema(&self, step: &str) -> Option<&Json> {
        self.answers.get(step).map(|answer| &answer.schema)
    }

    /// What is wrong with the structured answer of a step; nothing where no schema was set.
    #[must_use]
    pub fn answer_problems(&self, step: &str, answer: &Value) -> Vec<Problem> {
        self.answers.get(step).map(|known| known.compiled.problems(answer)).unwrap_or_default()
    }

    /// What is wrong with the data of a decision; nothing where the step has no schema for it.
    #[must_use]
    pub fn decision_problems(&self, step: &str, data: &Value) -> Vec<Problem> {
        self.decisions.get(step).map(|schema| schema.problems(data)).unwrap_or_default()
    }

    /// What is wrong with the context that a caller sends: keys that are not `overridable`.
    #[must_use]
    pub fn context_problems(&self, context: &serde_json::Map<String, Value>) -> Vec<Problem> {
        let Some(allowed) = &self.definition.overridable else {
            return Vec::new();
        };
        context
            .keys()
            .filter(|key| !allowed.contains(key))
            .map(|key| {
                Problem::new(pointer::member("", key), format!("`{key}` is not a key that callers may set"))
            })
            .collect()
    }

    /// Ids of the definitions that a definition runs as children.
    #[must_use]
    pub fn workflows_named(definition: &Definition) -> BTreeSet<String> {
        let named = definition.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Workflow { workflow, .. } => Some(workflow.clone()),
            _ => None,
        });
        named.collect()
    }

    /// Ids of the agents that a definition names.
    #[must_use]
    pub fn agents_named(definition: &Definition) -> BTreeSet<String> {
        definition
            .steps
            .iter()
            .filter_map(|step| match &step.kind {
                StepKind::Agent { agent, .. } => Some(agent.clone()),
                _ => None,
            })
            .collect()
    }
}

fn containers(definition: &Definition) -> BTreeMap<String, Vec<String>> {
    let graph = Graph::new(definition);
    let id = |at: usize| definition.steps.get(at).map(|step| step.id.clone());
    let around = |at: usize| {
        let inside_out = std::iter::successors(graph.container(at), |at| graph.container(*at));
        let mut around: Vec<String> = inside_out.filter_map(id).collect();
        around.reverse();
        around
    };
    let steps = definition.steps.iter().enumerate();
    steps.map(|(at, step)| (step.id.clone(), around(at))).filter(|(_, around)| !around.is_empty()).collect()
}

fn decisions(definition: &Definition) -> Result<BTreeMap<String, Compiled>, Vec<Problem>> {
    let steps = definition.steps.iter().enumerate();
    let schemas = steps.filter_map(|(at, step)| match &step.kind {
        StepKind::Approval { schema, .. } => {
            let compiled = compiled(schema.as_ref(), &format!("/steps/{at}/schema")).transpose()?;
            Some(compiled.map(|compiled| (step.id.clone(), compiled)))
        }
        _ => None,
    });
    schemas.collect()
}

fn compiled(schema: Option<&Value>, place: &str) -> Result<Option<Compiled>, Vec<Problem>> {
    schema.map(schema::compile).transpose().map_err(|problem| vec![at(place, &problem)])
}

fn at(place: &str, problem: &Problem) -> Problem {
    Problem::new(format!("{place}{}", problem.pointer), problem.detail.clone())
}

fn answers(
    definition: &Definition,
    agents: &BTreeMap<String, Arc<Agent>>,
) -> Result<BTreeMap<String, Arc<Answer>>, Vec<Problem>> {
    let mut of_agents: BTreeMap<&str, Arc<Answer>> = BTreeMap::new();
    let mut answers = BTreeMap::new();
    for (at, step) in definition.steps.iter().enumerate() {
        let (own, agent) = match &step.kind {
            StepKind::Llm { output_schema, .. } => (output_schema.as_ref(), None),
            StepKind::Agent { agent, output_schema, .. } => (output_schema.as_ref(), agents.get(agent)),
            _ => continue,
        };
        let answer = match (own, agent) {
            (Some(schema), _) => answer(schema, &format!("/steps/{at}/output_schema"))?,
            (None, Some(agent)) => {
                let Some(schema) = &agent.output_schema else {
                    continue;
                };
                match of_agents.get(agent.id.as_str()) {
                    Some(known) => Arc::clone(known),
                    None => {
                        let made = answer(schema, &format!("/steps/{at}/agent"))?;
                        of_agents.insert(&agent.id, Arc::clone(&made));
                        made
                    }
                }
            }
            (None, None) => continue,
        };
        answers.insert(step.id.clone(), answer);
    }
    Ok(answers)
}

fn answer(schema: &Value, place: &str) -> Result<Arc<Answer>, Vec<Problem>> {
    let compiled = schema::compile(schema).map_err(|problem| vec![at(place, &problem)])?;
    Ok(Arc::new(Answer { schema: Arc::new(schema.clone()), compiled }))
}

#[cfg(test)]
#[path = "program_test.rs"]
mod tests;
