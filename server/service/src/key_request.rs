//! What is asked of a key that is to be made or replaced.

use std::collections::BTreeSet;

use magone_core::grant::{Grant, Scope};
use magone_core::time::Timestamp;
use magone_core::workflow::Problem;
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::ServiceError;
use crate::members::Members;
use crate::tenants::RATE_MOST;

/// Seconds that a key goes on beside the one that replaces it, at most: 30 days.
const GRACE_MOST: u32 = 2_592_000;
/// Workflows that a key names at most.
const WORKFLOWS_MOST: usize = 1_000;

/// What a key is made of.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename = "NewKey")]
pub struct NewKeyRequest {
    /// The tenant's short name; a tenant that makes its own keys leaves it out.
    pub tenant: String,
    /// What people call it.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Whether its runs are scripted.
    #[schemars(with = "Option<bool>")]
    pub test: bool,
    /// When it ends by itself; null: never.
    pub expires_at: Option<Timestamp>,
    /// What it may do; null: start and read runs.
    #[schemars(with = "Option<Vec<Scope>>", length(min = 1))]
    pub scopes: Option<Vec<String>>,
    /// Short names of the workflows that it is for; null: all.
    #[schemars(length(min = 1, max = WORKFLOWS_MOST))]
    pub workflows: Option<Vec<String>>,
    /// Starts of runs per minute; null: only the tenant's own limit.
    #[schemars(range(max = RATE_MOST))]
    pub rate_limit_per_minute: Option<u32>,
}

impl NewKeyRequest {
    /// From the body `{tenant, name, test?, expires_at?, scopes?, workflows?, rate_limit_per_minute?}`.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("key", body)?;
        let tenant = members.needed_text("tenant");
        let request = Self { tenant, ..Self::read(&mut members) };
        members.end()?;
        Ok(request)
    }

    /// The same of a tenant that makes its own: without the member `tenant`.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn own(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("key", body)?;
        let request = Self::read(&mut members);
        members.end()?;
        Ok(request)
    }

    fn read(members: &mut Members) -> Self {
        Self {
            tenant: String::new(),
            name: members.needed_text("name"),
            test: members.flag("test").unwrap_or_default(),
            expires_at: members.time("expires_at"),
            scopes: members.texts("scopes"),
            workflows: members.texts("workflows"),
            rate_limit_per_minute: members.number("rate_limit_per_minute", RATE_MOST).flatten(),
        }
    }

    /// What the key may do, among the workflows that its tenant has.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with everything that is wrong.
    pub(crate) fn judge(&self, now: Timestamp, existing: &[String]) -> Result<Grant, ServiceError> {
        let mut problems = Vec::new();
        if !(1..=255).contains(&self.name.trim().chars().count()) {
            problems.push(Problem::new("/name", "A key's name has 1 to 255 characters"));
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            problems.push(Problem::new("/expires_at", "A key ends in the future"));
        }
        let grant = Grant {
            scopes: scopes(self.scopes.as_deref(), &mut problems),
            workflows: workflows(self.workflows.as_deref(), existing, &mut problems),
        };
        if grant.workflows.is_some() && grant.scopes.contains(&Scope::ManageWebhooks) {
            let detail =
                "Webhooks are of all workflows: a key for some of them cannot have 'webhooks:manage'";
            problems.push(Problem::new("/scopes", detail));
        }
        if problems.is_empty() { Ok(grant) } else { Err(ServiceError::invalid("key", problems)) }
    }
}

fn scopes(asked: Option<&[String]>, problems: &mut Vec<Problem>) -> BTreeSet<Scope> {
    let Some(asked) = asked else { return Grant::default().scopes };
    let known = || Scope::ALL.map(Scope::as_str).join(", ");
    if asked.is_empty() {
        let detail = format!("A key has at least one scope: {}", known());
        problems.push(Problem::new("/scopes", detail));
    }
    let read = asked.iter().enumerate().filter_map(|(at, word)| {
        let scope = Scope::parse(word);
        if scope.is_none() {
            let detail = format!("There is no scope '{word}'; the scopes are {}", known());
            problems.push(Problem::new(format!("/scopes/{at}"), detail));
        }
        scope
    });
    read.collect()
}

fn workflows(
    asked: Option<&[String]>,
    existing: &[String],
    problems: &mut Vec<Problem>,
) -> Option<BTreeSet<String>> {
    let asked = asked?;
    if !(1..=WORKFLOWS_MOST).contains(&asked.len()) {
        let detail = format!("Name 1 to {WORKFLOWS_MOST} workflows, or leave the member out for all");
        problems.push(Problem::new("/workflows", detail));
    }
    for (at, slug) in asked.iter().enumerate().take(WORKFLOWS_MOST) {
        if !existing.contains(slug) {
            let detail = format!("The tenant has no workflow '{slug}'");
            problems.push(Problem::new(format!("/workflows/{at}"), detail));
        }
    }
    Some(asked.iter().cloned().collect())
}

/// How a key is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "KeyRotation")]
pub struct Rotation {
    /// Seconds that the old key goes on beside the new one.
    #[schemars(with = "Option<u32>", range(max = GRACE_MOST))]
    pub grace_seconds: u32,
}

impl Rotation {
    /// From the body `{grace_seconds?}`, or none.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let body = if body.is_null() { json!({}) } else { body };
        let mut members = Members::of("rotation", body)?;
        let grace_seconds = members.number("grace_seconds", GRACE_MOST).flatten().unwrap_or_default();
        members.end()?;
        Ok(Self { grace_seconds })
    }

    /// When the old key ends.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] for too long a grace.
    pub(crate) fn ends(self, now: Timestamp) -> Result<Timestamp, ServiceError> {
        if self.grace_seconds > GRACE_MOST {
            let detail = format!("'grace_seconds' is at most {GRACE_MOST} (30 days)");
            return Err(ServiceError::invalid("rotation", vec![Problem::new("/grace_seconds", detail)]));
        }
        Ok(now.plus_millis(u64::from(self.grace_seconds) * 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(body: Value) -> Vec<String> {
        let request = NewKeyRequest::from_json(body).unwrap();
        let judged = request.judge(Timestamp::from_millis(10), &["report".to_owned()]);
        let problems = judged.err().map(|error| error.problems().to_vec()).unwrap_or_default();
        problems.into_iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn every_wish_is_judged() {
        let good = json!({"tenant": "acme", "name": "app", "scopes": ["read"], "workflows": ["report"]});
        assert_eq!(pointers(good), Vec::<String>::new());
        let wrong = json!({"tenant": "acme", "name": " ", "expires_at": "1970-01-01T00:00:00Z",
            "scopes": ["read", "all"], "workflows": ["ops", "report"]});
        assert_eq!(pointers(wrong), ["/name", "/expires_at", "/scopes/1", "/workflows/0"]);
        let none = json!({"tenant": "acme", "name": "app", "scopes": [], "workflows": []});
        assert_eq!(pointers(none), ["/scopes", "/workflows"]);
    }

    #[test]
    fn what_is_not_asked_for_is_the_usual() {
        let request = NewKeyRequest::from_json(json!({"tenant": "acme", "name": "app"})).unwrap();
        assert_eq!(request.judge(Timestamp::default(), &[]).unwrap(), Grant::default());
    }
}
