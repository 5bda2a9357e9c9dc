//! Bodies of requests about webhooks.

use std::borrow::Cow;

use magone_core::webhook::WebhookEvent;
use magone_core::workflow::Problem;
use magone_store::EndpointPatch;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::ServiceError;
use crate::members::Members;

const DESCRIPTION_CHARS: usize = 255;
/// Seconds that an old secret goes on beside the one that replaces it: a day, and 30 days at most.
const GRACE: u32 = 86_400;
const GRACE_MOST: u32 = 2_592_000;

/// An endpoint to be registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "NewWebhookEndpoint")]
pub struct EndpointRequest {
    /// Where to: https, and nothing that the server's egress policy forbids.
    pub url: String,
    /// What people call it.
    #[schemars(length(max = DESCRIPTION_CHARS))]
    pub description: Option<String>,
    /// Words of the events that it asks for; null: all.
    #[schemars(schema_with = "words_for_events")]
    pub events: Option<Vec<String>>,
}

fn words_for_events(_: &mut SchemaGenerator) -> Schema {
    let words = WebhookEvent::ASKED.map(WebhookEvent::as_str);
    json_schema!({"type": ["array", "null"], "minItems": 1, "items": {"enum": words}})
}

impl EndpointRequest {
    /// From the body `{url, description?, events?}`.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("endpoint", body)?;
        let request = Self {
            url: members.needed_text("url"),
            description: description(&mut members).flatten(),
            events: events(&mut members).flatten(),
        };
        members.end()?;
        Ok(request)
    }
}

/// What changes about an endpoint; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointChanges(pub EndpointPatch);

impl EndpointChanges {
    /// From the body `{url?, description?, events?, enabled?}`.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("endpoint", body)?;
        let patch = EndpointPatch {
            url: members.text("url"),
            description: description(&mut members),
            events: events(&mut members),
            enabled: members.flag("enabled"),
        };
        members.end()?;
        Ok(Self(patch))
    }
}

impl JsonSchema for EndpointChanges {
    fn schema_name() -> Cow<'static, str> {
        "WebhookEndpointChanges".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut events = words_for_events(generator);
        events.insert("description".to_owned(), json!("Words of the events that it asks for; null: all."));
        json_schema!({
            "description": "What changes about an endpoint; what is not named stays.",
            "type": "object",
            "properties": {
                "url": {"type": ["string", "null"], "description": "Where to."},
                "description": {
                    "type": ["string", "null"],
                    "maxLength": DESCRIPTION_CHARS,
                    "description": "What people call it; null takes that away.",
                },
                "events": events,
                "enabled": {
                    "type": ["boolean", "null"],
                    "description": "Whether anything is sent; switched on, it begins anew.",
                },
            },
        })
    }
}

/// How a signing secret is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
pub struct SecretRotation {
    /// Seconds that the old secret signs beside the new one.
    #[schemars(with = "Option<u32>", range(max = GRACE_MOST))]
    pub grace_seconds: u32,
}

impl Default for SecretRotation {
    fn default() -> Self {
        Self { grace_seconds: GRACE }
    }
}

impl SecretRotation {
    /// From the body `{grace_seconds?}`, or none.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let body = if body.is_null() { json!({}) } else { body };
        let mut members = Members::of("rotation", body)?;
        let grace_seconds = members.number("grace_seconds", GRACE_MOST).flatten().unwrap_or(GRACE);
        members.end()?;
        Ok(Self { grace_seconds })
    }

    /// What is wrong with it, where it did not come as JSON.
    pub(crate) fn problem(self) -> Option<Problem> {
        let detail = || format!("'grace_seconds' is at most {GRACE_MOST} (30 days)");
        (self.grace_seconds > GRACE_MOST).then(|| Problem::new("/grace_seconds", detail()))
    }
}

fn description(members: &mut Members) -> Option<Option<String>> {
    match members.take("description")? {
        Value::Null => Some(None),
        Value::String(text) if text.chars().count() <= DESCRIPTION_CHARS => Some(Some(text)),
        _ => {
            let detail = format!("'description' has to be a text of at most {DESCRIPTION_CHARS} characters");
            members.problem("description", detail);
            None
        }
    }
}

fn events(members: &mut Members) -> Option<Option<Vec<String>>> {
    let value = members.take("events")?;
    if value.is_null() {
        return Some(None);
    }
    let read = |value: &Value| WebhookEvent::asked(value.as_str()?).map(|event| event.as_str().to_owned());
    let words: Option<Vec<String>> = value.as_array().and_then(|list| list.iter().map(read).collect());
    match words {
        Some(mut words) if !words.is_empty() => {
            words.sort();
            words.dedup();
            Some(Some(words))
        }
        _ => {
            let known = WebhookEvent::ASKED.map(WebhookEvent::as_str).join(", ");
            members.problem("events", format!("'events' has to be null for all, or a list of: {known}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(error: &ServiceError) -> Vec<&str> {
        error.problems().iter().map(|problem| problem.pointer.as_str()).collect()
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let body = json!({"description": 1, "events": ["execution.*"], "secret": "x"});
        let error = EndpointRequest::from_json(body).unwrap_err();
        assert_eq!(pointers(&error), ["/url", "/description", "/events", "/secret"]);
        for events in [json!([]), json!("execution.completed"), json!(["webhook.test"]), json!([1])] {
            let error = EndpointChanges::from_json(json!({"events": events})).unwrap_err();
            assert_eq!(pointers(&error), ["/events"]);
        }
        assert!(SecretRotation::from_json(json!({"grace_seconds": -1})).is_err());
    }

    #[test]
    fn what_is_absent_stays_and_what_is_null_is_taken_away() {
        let changes = EndpointChanges::from_json(json!({"description": null, "events": null})).unwrap().0;
        assert_eq!((changes.description, changes.events, changes.url), (Some(None), Some(None), None));
        assert_eq!(EndpointChanges::from_json(json!({})).unwrap().0, EndpointPatch::default());
        let twice = json!({"url": "https://a.example", "events": ["execution.failed", "execution.failed"]});
        let request = EndpointRequest::from_json(twice).unwrap();
        assert_eq!(request.events, Some(vec!["execution.failed".to_owned()]));
        assert_eq!(SecretRotation::from_json(Value::Null).unwrap().grace_seconds, 86_400);
    }
}
