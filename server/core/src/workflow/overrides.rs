//! What a tenant has otherwise than the definition that it is assigned: the column `config_overrides`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::validate::{self, Known};
use super::{Definition, Problem, StepKind};
use crate::agent::Agent;

/// The overrides of one assignment. Every member that is absent leaves the definition as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Overrides {
    /// The agent of the entry step, which has to be an `agent` step.
    pub entry_agent_id: Option<String>,
    /// Members of `config`, which take the place of the definition's.
    pub config: Map<String, Value>,
    /// `provider/name`: where all model calls go instead, those of agents with fallbacks included.
    pub model: Option<String>,
    /// Members of `limits`, which take the place of the definition's.
    pub limits: Map<String, Value>,
}

impl Overrides {
    /// From a row. Members that nobody knows are passed over, as the first API did; what an admin
    /// saves is read by [`super::parse::overrides`].
    ///
    /// # Errors
    /// What cannot be read.
    pub fn stored(value: &Value) -> Result<Self, Vec<Problem>> {
        Self::deserialize(value)
            .map_err(|error| vec![Problem::new("", format!("it cannot be read: {error}"))])
    }

    /// The definition as the tenant runs it.
    ///
    /// # Errors
    /// What does not fit to this definition. Whether the result is valid is for `validate` to say.
    pub fn over(&self, mut definition: Definition) -> Result<Definition, Vec<Problem>> {
        let mut problems = Vec::new();
        if let Some(wanted) = &self.entry_agent_id {
            let entry = &definition.entry_step;
            match definition.steps.iter_mut().find(|step| step.id == *entry).map(|step| &mut step.kind) {
                Some(StepKind::Agent { agent, .. }) => agent.clone_from(wanted),
                _ => {
                    let detail = format!("the entry step `{entry}` is no `agent` step, so it has no agent");
                    problems.push(Problem::new("/entry_agent_id", detail));
                }
            }
        }
        definition.config.extend(self.config.clone());
        if let Some(wanted) = &self.model {
            for step in &mut definition.steps {
                if let StepKind::Llm { model, .. } = &mut step.kind {
                    *model = Some(wanted.clone());
                }
            }
        }
        match self.limits(&definition) {
            Ok(limits) => definition.limits = limits,
            Err(problem) => problems.push(problem),
        }
        if problems.is_empty() { Ok(definition) } else { Err(problems) }
    }

    fn limits(&self, definition: &Definition) -> Result<super::Limits, Problem> {
        let unfit =
            |error: serde_json::Error| Problem::new("/limits", format!("they cannot be read: {error}"));
        let mut limits = serde_json::to_value(&definition.limits).map_err(unfit)?;
        if let Value::Object(members) = &mut limits {
            members.extend(self.limits.clone());
        }
        serde_json::from_value(limits).map_err(unfit)
    }

    /// An agent as the tenant's runs have it.
    #[must_use]
    pub fn over_agent(&self, agent: Arc<Agent>) -> Arc<Agent> {
        match &self.model {
            // What falls back to other models would not go where all calls have to go.
            Some(model) => {
                Arc::new(Agent { model: model.clone(), fallbacks: Vec::new(), ..(*agent).clone() })
            }
            None => agent,
        }
    }

    /// Everything that is wrong with these overrides of a valid definition, with pointers into the
    /// overrides.
    #[must_use]
    pub fn problems(&self, definition: &Definition, known: Known<'_>) -> Vec<Problem> {
        let effective = match self.over(definition.clone()) {
            Ok(effective) => effective,
            Err(problems) => return problems,
        };
        // A model that no step names is that of the agents.
        let model = self.model.as_deref().and_then(|model| validate::model_name(model).err());
        let model = model.map(|detail| Problem::new("/model", detail));
        let rest = validate::definition(&effective, known).into_iter();
        let rest = rest.map(|problem| Problem::new(self.place(&problem.pointer), problem.detail));
        let mut problems: Vec<Problem> = model.into_iter().chain(rest).collect();
        problems.sort();
        problems.dedup();
        problems
    }

    /// The override that is to blame for a problem of the definition.
    fn place(&self, pointer: &str) -> String {
        let is_of = |member: &str| pointer.starts_with("/steps/") && pointer.ends_with(member);
        match pointer {
            _ if pointer.starts_with("/limits") || pointer.starts_with("/config") => pointer.to_owned(),
            _ if is_of("/agent") && self.entry_agent_id.is_some() => "/entry_agent_id".to_owned(),
            _ if is_of("/model") && self.model.is_some() => "/model".to_owned(),
            _ if is_of("/model") => "/config/model".to_owned(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::workflow::parse;

    fn definition() -> Definition {
        parse::definition(
            "id: help\nentry_step: ask\nconfig: { tone: formal, model: scripted/one }\nlimits: { max_steps: 5 }\n\
             steps:\n  - { id: ask, type: agent, agent: helper, next: say }\n  \
             - { id: say, type: llm, prompt: 'In {{ config.tone }}' }\n",
        )
        .unwrap()
    }

    fn problems(overrides: Value) -> Vec<String> {
        let agents = |id: &str| ["helper", "expert"].contains(&id);
        let workflows = |_: &str| None::<BTreeSet<String>>;
        let known = Known { agents: &agents, workflows: &workflows, ..Known::ANYTHING };
        let problems = match parse::overrides(overrides) {
            Ok(overrides) => overrides.problems(&definition(), known),
            Err(problems) => problems,
        };
        problems.into_iter().map(|problem| format!("{} {}", problem.pointer, problem.detail)).collect()
    }

    #[test]
    fn a_definition_with_overrides_is_what_the_tenant_runs() {
        let overrides = parse::overrides(json!({
            "entry_agent_id": "expert", "config": {"tone": "dry", "more": 1}, "model": "openai/eu",
            "limits": {"max_tokens": 9, "sync_wait_seconds": 2},
        }))
        .unwrap();
        let effective = overrides.over(definition()).unwrap();
        assert_eq!(effective.config["tone"], "dry");
        assert_eq!(effective.config["more"], 1);
        assert!(matches!(&effective.steps[0].kind, StepKind::Agent { agent, .. } if agent == "expert"));
        assert!(
            matches!(&effective.steps[1].kind, StepKind::Llm { model: Some(model), .. } if model == "openai/eu")
        );
        assert_eq!((effective.limits.max_steps, effective.limits.max_tokens), (5, Some(9)));
        let agent = parse::agent("{ id: helper, model: scripted/x, fallbacks: [openai/us] }").unwrap();
        let agent = overrides.over_agent(Arc::new(agent));
        assert_eq!((agent.model.as_str(), agent.fallbacks.len()), ("openai/eu", 0));
        assert_eq!(Overrides::default().over(definition()).unwrap(), definition());
    }

    #[test]
    fn every_problem_points_into_the_overrides() {
        for (overrides, expected) in [
            (json!({}), vec![]),
            (json!({"config": {"model": "scripted/two"}, "limits": {"max_cost_usd": 2}}), vec![]),
            (json!({"entry_agent_id": "nobody"}), vec!["/entry_agent_id there is no agent `nobody`"]),
            (
                json!({"model": "gpt"}),
                vec![
                    "/model `gpt` is no model: write `provider/name`, with one of the providers openai, anthropic, \
                     scripted",
                ],
            ),
            (
                json!({"config": {"model": 3}}),
                vec!["/config/model the step names no model, and neither does `model` in `config`"],
            ),
            (
                json!({"limits": {"max_steps": 0}}),
                vec!["/limits/max_steps `max_steps` is 0; it has to be from 1 to 10000"],
            ),
            (
                json!({"limits": {"max_steps": "many", "steps": 1}, "modell": "x", "config": []}),
                vec![
                    "/config it has to be an object",
                    "/limits/max_steps it has to be a whole number, 0 or more",
                    "/limits/steps there is no member `steps`",
                    "/modell there is no member `modell`; did you mean `model`?",
                ],
            ),
            (json!([]), vec![" it has to be an object"]),
        ] {
            let mut found = problems(overrides.clone());
            found.sort();
            assert_eq!(found, expected, "{overrides}");
        }
        let mut wait = definition();
        wait.entry_step = "say".to_owned();
        let overrides = Overrides { entry_agent_id: Some("expert".to_owned()), ..Overrides::default() };
        assert_eq!(
            overrides.over(wait).unwrap_err()[0].detail,
            "the entry step `say` is no `agent` step, so it has no agent"
        );
    }

    #[test]
    fn what_scripts_put_into_the_row_is_read_without_what_nobody_knows() {
        let read =
            Overrides::stored(&json!({"entry_agent_id": "expert", "theme": "dark", "config": {}})).unwrap();
        assert_eq!(read.entry_agent_id.as_deref(), Some("expert"));
        assert!(Overrides::stored(&json!({"model": 3})).is_err());
    }
}
