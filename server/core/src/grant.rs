//! What a tenant's key may do: its scopes, and the workflows that it is for.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

/// What an endpoint asks of a tenant's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Start, cancel and retry runs, and decide what they wait for.
    Execute,
    /// See workflows, runs, their events, and what was used.
    Read,
    /// Register endpoints for webhooks, see and repeat deliveries, read and rotate their secrets.
    #[serde(rename = "webhooks:manage")]
    ManageWebhooks,
    /// Make, replace and take back the tenant's keys.
    #[serde(rename = "keys:manage")]
    ManageKeys,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Execute, Self::Read, Self::ManageWebhooks, Self::ManageKeys];

    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Execute => "execute",
            Self::Read => "read",
            Self::ManageWebhooks => "webhooks:manage",
            Self::ManageKeys => "keys:manage",
        }
    }

    /// The scope of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// What a key may do. The default is what the first API's keys could do: start and read runs of all
/// workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Short names of the workflows that it is for; `None`: all, also those that come later.
    pub workflows: Option<BTreeSet<String>>,
}

impl Default for Grant {
    fn default() -> Self {
        Self { scopes: BTreeSet::from([Scope::Execute, Scope::Read]), workflows: None }
    }
}

impl Grant {
    /// Everything that a tenant may.
    #[must_use]
    pub fn whole() -> Self {
        Self { scopes: BTreeSet::from(Scope::ALL), workflows: None }
    }

    /// As it is stored. No scopes at all are the default ones: keys that scripts make carry none.
    /// Words that this version does not know give nothing.
    #[must_use]
    pub fn stored(scopes: &[String], workflows: Option<BTreeSet<String>>) -> Self {
        let scopes = match scopes.is_empty() {
            true => Self::default().scopes,
            false => scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
        };
        Self { scopes, workflows }
    }

    /// Whether it has this scope. Webhooks are of all workflows: a key for some does not manage them.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) && (scope != Scope::ManageWebhooks || self.workflows.is_none())
    }

    /// Whether it is for this workflow.
    #[must_use]
    pub fn reaches(&self, workflow: &str) -> bool {
        self.workflows.as_ref().is_none_or(|workflows| workflows.contains(workflow))
    }

    /// Whether it is for every workflow that another one is for.
    #[must_use]
    pub fn reaches_all_of(&self, other: &Self) -> bool {
        match (&self.workflows, &other.workflows) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => others.is_subset(own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words_of_their_own() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        assert_eq!(Scope::parse("everything"), None);
    }

    #[test]
    fn keys_without_scopes_start_and_read_runs_and_unknown_words_give_nothing() {
        let stored = |words: &[&str]| {
            Grant::stored(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), None)
        };
        assert_eq!(stored(&[]), Grant::default());
        assert_eq!(stored(&["later"]).scopes, BTreeSet::new());
        assert_eq!(stored(&["read", "later"]).scopes, BTreeSet::from([Scope::Read]));
        assert_eq!(stored(&Scope::ALL.map(Scope::as_str)), Grant::whole());
    }

    #[test]
    fn a_key_reaches_the_workflows_that_it_is_for() {
        let only = Grant { workflows: Some(BTreeSet::from(["report".to_owned()])), ..Grant::default() };
        assert!(only.reaches("report") && !only.reaches("reports"));
        assert!(Grant::default().reaches("anything"));
        assert!(Grant::whole().has(Scope::ManageWebhooks));
        let bound = Grant { workflows: only.workflows.clone(), ..Grant::whole() };
        assert!(bound.has(Scope::ManageKeys) && !bound.has(Scope::ManageWebhooks));
        assert!(Grant::default().reaches_all_of(&only) && only.reaches_all_of(&only));
        assert!(!only.reaches_all_of(&Grant::default()));
    }
}
