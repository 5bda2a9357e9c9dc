//! What templates see of a run.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::Value;

use super::names::Names;
use super::node;
use crate::json::Json;

/// The first parts of all names.
pub(super) const ROOTS: [&str; 5] = ["input", "context", "config", "steps", "session"];

/// What a step that ended offers to templates.
#[derive(Clone, Debug)]
pub struct StepValue {
    /// `completed` or `failed`.
    pub status: &'static str,
    /// Its output; null where it has none.
    pub output: Json,
}

/// The names that a template may use. Only what a template does name is ever looked up, and
/// nothing is copied before it is part of the outcome.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// What the run was given.
    pub input: &'a Json,
    /// The definition's defaults overlaid with the caller's.
    pub context: &'a Json,
    /// The definition's own values.
    pub config: &'a Json,
    /// The caller's session, or null.
    pub session: &'a Json,
    /// What the passes around offer by a name: the item of a `map`, the number of the pass.
    pub locals: &'a dyn Fn(&str) -> Option<Json>,
    /// A step by its id; `None` as long as it has not ended.
    pub steps: &'a dyn Fn(&str) -> Option<StepValue>,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl Scope<'_> {
    /// The engine's context for a template with these names.
    pub(super) fn context(&self, names: &Names) -> Value {
        let roots = [
            ("input", self.input),
            ("context", self.context),
            ("config", self.config),
            ("session", self.session),
        ];
        let used = |root: &str| names.iter().any(|name| name.split('.').next() == Some(root));
        let mut values: BTreeMap<&str, Value> = roots
            .into_iter()
            .filter(|(root, _)| used(root))
            .map(|(root, json)| (root, node::document(json)))
            .collect();
        if used("steps") {
            values.insert("steps", self.named_steps(names));
        }
        let others = names.iter().filter_map(|name| name.split('.').next());
        for name in others.filter(|name| !ROOTS.contains(name)) {
            if let Some(value) = (self.locals)(name) {
                values.insert(name, node::document(&value));
            }
        }
        Value::from(values)
    }

    fn named_steps(&self, names: &Names) -> Value {
        let steps: BTreeMap<&str, Value> = names
            .iter()
            .filter_map(|name| name.strip_prefix("steps."))
            .filter_map(|name| name.split('.').next())
            .filter_map(|id| Some((id, step_value(&(self.steps)(id)?))))
            .collect();
        Value::from(steps)
    }
}

fn step_value(step: &StepValue) -> Value {
    let members = [("output", node::document(&step.output)), ("status", Value::from(step.status))];
    Value::from(BTreeMap::from(members))
}
