//! What a caller sends to start a run, and what may be wrong with it.

use magone_core::egress::is_url;
use magone_core::workflow::Problem;
use magone_core::workflow::program::Program;
use schemars::JsonSchema;
use serde_json::{Map, Value};

/// Characters that a session id may have.
const SESSION_CHARS: usize = 255;
/// Characters that a URL may have.
const URL_CHARS: usize = 2_048;

/// The body of an execute call.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
pub struct ExecuteRequest {
    /// What the workflow is asked.
    pub input: Value,
    /// Overlays the definition's context.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub context: Map<String, Value>,
    /// The caller's session.
    #[schemars(length(min = 1, max = SESSION_CHARS))]
    pub session_id: Option<String>,
    /// Where the result is posted: an absolute http or https URL without credentials.
    #[schemars(length(max = URL_CHARS), url)]
    pub webhook_url: Option<String>,
}

impl ExecuteRequest {
    /// From a JSON document. Members that nobody knows are passed over, as the first API did.
    ///
    /// # Errors
    /// Every problem with its pointer.
    pub fn from_json(body: Value) -> Result<Self, Vec<Problem>> {
        let Value::Object(mut members) = body else {
            return Err(vec![Problem::new("", "The body has to be a JSON object with the member 'input'")]);
        };
        let mut problems = Vec::new();
        let input = members.remove("input").unwrap_or_else(|| {
            problems.push(Problem::new("/input", "The member 'input' is missing"));
            Value::Null
        });
        let context = match members.remove("context") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(context)) => context,
            Some(_) => {
                problems.push(Problem::new("/context", "The context has to be an object or null"));
                Map::new()
            }
        };
        let mut text = |name: &str, most: usize| match members.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if (1..=most).contains(&text.chars().count()) => Some(text),
            Some(_) => {
                let detail = format!("'{name}' has to be a text of 1 to {most} characters, or null");
                problems.push(Problem::new(format!("/{name}"), detail));
                None
            }
        };
        let session_id = text("session_id", SESSION_CHARS);
        let webhook_url = text("webhook_url", URL_CHARS);
        if webhook_url.as_deref().is_some_and(|url| !is_url(url)) {
            let detail = "'webhook_url' has to be an absolute http or https URL without credentials";
            problems.push(Problem::new("/webhook_url", detail));
        }
        if problems.is_empty() { Ok(Self { input, context, session_id, webhook_url }) } else { Err(problems) }
    }

    /// What a workflow finds wrong with it.
    #[must_use]
    pub fn problems(&self, program: &Program) -> Vec<Problem> {
        let below = |root: &str, problems: Vec<Problem>| {
            let root = root.to_owned();
            problems.into_iter().map(move |p| Problem::new(format!("{root}{}", p.pointer), p.detail))
        };
        below("/input", program.input_problems(&self.input))
            .chain(below("/context", program.context_problems(&self.context)))
            .collect()
    }

    /// The definition's context overlaid with the caller's.
    #[must_use]
    pub fn context_over(&self, defaults: &Map<String, Value>) -> Value {
        let mut context = defaults.clone();
        context.extend(self.context.clone());
        Value::Object(context)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let body = json!({"context": [], "session_id": "", "webhook_url": "ftp://x"});
        let problems = ExecuteRequest::from_json(body).unwrap_err();
        let pointers: Vec<_> = problems.iter().map(|p| p.pointer.as_str()).collect();
        assert_eq!(pointers, ["/input", "/context", "/session_id", "/webhook_url"]);
        assert_eq!(ExecuteRequest::from_json(json!("x")).unwrap_err().len(), 1);
    }

    #[test]
    fn the_callers_context_wins_and_nulls_are_absent() {
        let body = json!({"input": "x", "context": {"a": 1}, "session_id": null, "surplus": true});
        let request = ExecuteRequest::from_json(body).unwrap();
        let defaults = json!({"a": 0, "b": 2});
        assert_eq!(request.context_over(defaults.as_object().unwrap()), json!({"a": 1, "b": 2}));
        assert_eq!(request.session_id, None);
    }
}
