//! What can be wrong inside one step.

use serde_json::Value;

use super::definition::{Known, MAX_STEPS};
use super::names::{self, Templates, View};
use super::range::{self, YEAR};
use super::{child, model};
use crate::knowledge::{self, MAX_TOP_K};
use crate::time::Timestamp;
use crate::workflow::{Definition, Problem, Step, StepKind, pointer, schema, template};

/// Branches of one `parallel` step.
const MAX_BRANCHES: usize = 100;

/// Whether an id can be a name in templates.
fn is_step_id(id: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=64).contains(&id.len()) && id.bytes().all(word) && !id.starts_with(|c: char| c.is_ascii_digit())
}

fn is_template(value: &Value) -> bool {
    value.as_str().is_some_and(template::is_template)
}

/// Everything but templates.
pub(super) fn check(
    problems: &mut Vec<Problem>,
    definition: &Definition,
    known: Known<'_>,
    place: &str,
    step: &Step,
) {
    if !is_step_id(&step.id) {
        let rule = "a step's id is 1 to 64 letters, digits and underscores, and begins with no digit";
        problems.push(Problem::new(format!("{place}/id"), rule));
    }
    if let Some((member, detail)) = wrong(definition, known, step) {
        problems.push(Problem::new(format!("{place}/{member}"), detail));
    }
    ranges(problems, place, step);
    if let StepKind::Agent { output_schema: Some(schema), .. }
    | StepKind::Llm { output_schema: Some(schema), .. } = &step.kind
    {
        compiles(problems, &format!("{place}/output_schema"), schema);
    }
    if let StepKind::Approval { schema: Some(schema), .. } = &step.kind {
        compiles(problems, &format!("{place}/schema"), schema);
    }
    if let StepKind::Knowledge { filter, .. } = &step.kind {
        let odd = filter.iter().filter(|(_, value)| !knowledge::is_filter(value));
        problems.extend(odd.map(|(key, _)| {
            let place = pointer::member(&format!("{place}/filter"), key);
            Problem::new(place, knowledge::FILTER_RULE)
        }));
    }
}

/// The member that is wrong for a step of this kind, and why.
fn wrong(definition: &Definition, known: Known<'_>, step: &Step) -> Option<(&'static str, String)> {
    match &step.kind {
        StepKind::Agent { agent, .. } if !(known.agents)(agent) => {
            Some(("agent", format!("there is no agent `{agent}`")))
        }
        StepKind::Tool { tool, .. } if !(known.tools)(tool) => {
            Some(("tool", format!("there is no tool `{tool}`")))
        }
        StepKind::Knowledge { collection, .. } => {
            known.collections.check(collection).err().map(|detail| ("collection", detail))
        }
        StepKind::Llm { model: Some(model), .. } => model::check(model).err().map(|detail| ("model", detail)),
        StepKind::Llm { model: None, .. } => match definition.config.get("model") {
            Some(Value::String(model)) if model::check(model).is_ok() => None,
            _ => Some(("model", "the step names no model, and neither does `model` in `config`".to_owned())),
        },
        StepKind::Workflow { workflow, .. } => {
            child::check(&definition.id, workflow, known.workflows).err().map(|detail| ("workflow", detail))
        }
        StepKind::Wait { seconds, until } => wait(seconds.as_ref(), until.as_deref()).err(),
        StepKind::Parallel { branches, .. } if !(1..=MAX_BRANCHES).contains(&branches.len()) => {
            Some(("branches", format!("a parallel step has 1 to {MAX_BRANCHES} branches")))
        }
        StepKind::Map { steps, .. } | StepKind::Loop { steps, .. } if steps.is_empty() => {
            Some(("steps", format!("a {} step has at least one step inside", step.kind.name())))
        }
        StepKind::Map { items, .. } if !(items.is_array() || is_template(items)) => {
            Some(("items", "`items` is a list, or a template that gives one".to_owned()))
        }
        StepKind::Map { items: Value::Array(items), .. } if items.len() > MAX_STEPS => {
            Some(("items", format!("a map goes through at most {MAX_STEPS} items")))
        }
        StepKind::Map { item, .. } if !is_step_id(item) || names::is_taken(item) => {
            Some(("as", format!("`{item}` cannot be the item's name: it is taken, or no name at all")))
        }
        StepKind::Branch { .. } | StepKind::Fail { .. } if step.next.is_some() => {
            Some(("next", format!("a {} step does not go on with `next`", step.kind.name())))
        }
        _ => None,
    }
}

fn ranges(problems: &mut Vec<Problem>, place: &str, step: &Step) {
    if let Some(seconds) = step.timeout_seconds {
        range::check(problems, place, "timeout_seconds", seconds, 1..=YEAR);
    }
    if let Some(retry) = &step.retry {
        range::retry(problems, &format!("{place}/retry"), retry);
    }
    match step.kind {
        StepKind::Agent { max_turns: Some(turns), .. } => {
            range::check(problems, place, "max_turns", turns, 1..=100);
        }
        StepKind::Knowledge { top_k, .. } => {
            range::check(problems, place, "top_k", top_k, 1..=MAX_TOP_K);
        }
        StepKind::Map { max_concurrency: most, .. } => {
            range::check(problems, place, "max_concurrency", most, 1..=100);
        }
        StepKind::Loop { max_iterations: most, .. } => {
            range::check(problems, place, "max_iterations", most, 1..=1_000);
        }
        _ => {}
    }
}

/// Reports a schema that does not compile.
pub(super) fn compiles(problems: &mut Vec<Problem>, place: &str, schema: &Value) {
    if let Err(problem) = schema::compile(schema) {
        problems.push(Problem::new(format!("{place}{}", problem.pointer), problem.detail));
    }
}

fn wait(seconds: Option<&Value>, until: Option<&str>) -> Result<(), (&'static str, String)> {
    let (seconds, until) = match (seconds, until) {
        (Some(_), Some(_)) | (None, None) => {
            return Err(("seconds", "a wait step has either `seconds` or `until`".to_owned()));
        }
        other => other,
    };
    match (seconds, until) {
        (Some(Value::String(text)), _) if template::is_template(text) => Ok(()),
        (Some(Value::Number(number)), _)
            if number.as_f64().is_some_and(|seconds| (0.0..=31_536_000.0).contains(&seconds)) =>
        {
            Ok(())
        }
        (Some(_), _) => Err(("seconds", format!("`seconds` is a number from 0 to {YEAR}, or a template"))),
        (None, Some(text)) if template::is_template(text) || Timestamp::parse(text).is_some() => Ok(()),
        _ => Err(("until", "`until` is a time as in RFC 3339, or a template".to_owned())),
    }
}

/// The step's templates, each seen as the step begins.
pub(super) fn templates(templates: &mut Templates<'_>, view: View<'_>, place: &str, step: &Step) {
    let member = |name: &str| format!("{place}/{name}");
    if let Some(summary) = &step.summary {
        templates.text(view, &member("summary"), summary);
    }
    match &step.kind {
        StepKind::Agent { input, .. } => {
            if let Some(input) = input {
                templates.value(view, &member("input"), input);
            }
        }
        StepKind::Llm { system, prompt, .. } => {
            if let Some(system) = system {
                templates.text(view, &member("system"), system);
            }
            templates.text(view, &member("prompt"), prompt);
        }
        StepKind::Tool { arguments, .. } => templates.members(view, &member("arguments"), arguments),
        StepKind::Workflow { input, context, .. } => {
            if let Some(input) = input {
                templates.value(view, &member("input"), input);
            }
            templates.members(view, &member("context"), context);
        }
        StepKind::Knowledge { query, filter, .. } => {
            templates.text(view, &member("query"), query);
            templates.members(view, &member("filter"), filter);
        }
        StepKind::Branch { cases, .. } => {
            for (at, case) in cases.iter().enumerate() {
                templates.condition(view, &member(&format!("cases/{at}/when")), &case.when);
            }
        }
        StepKind::Parallel { .. } => {}
        StepKind::Map { items, .. } => templates.value(view, &member("items"), items),
        StepKind::Loop { condition, .. } => {
            templates.condition(view.before_a_round(), &member("while"), condition);
        }
        StepKind::Approval { prompt, .. } => templates.text(view, &member("prompt"), prompt),
        StepKind::Wait { seconds, until } => {
            if let Some(seconds) = seconds {
                templates.value(view, &member("seconds"), seconds);
            }
            if let Some(until) = until {
                templates.text(view, &member("until"), until);
            }
        }
        StepKind::Transform { value } => templates.value(view, &member("value"), value),
        StepKind::Fail { code, message } => {
            if let Some(code) = code {
                templates.text(view, &member("code"), code);
            }
            templates.text(view, &member("message"), message);
        }
    }
}
