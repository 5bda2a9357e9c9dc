//! The versions that a run keeps to, whatever is saved meanwhile.

use serde::{Deserialize, Serialize};

use crate::json::Json;

/// The versions that a run is pinned to for its whole life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// The definition's id.
    pub definition: String,
    /// Its version, from 1.
    pub version: u32,
    /// Agent id and version, sorted by id.
    pub agents: Vec<(String, u32)>,
    /// Every definition that it may reach through its children, sorted by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workflows: Vec<PinnedWorkflow>,
    /// The tenant's overrides as they were when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<Json>,
    /// Runs every model call on the scripted provider (test keys, demo).
    #[serde(default)]
    pub scripted: bool,
}

/// A version of a definition with those of its agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedWorkflow {
    /// The definition's id.
    pub definition: String,
    /// Its version, from 1.
    pub version: u32,
    /// Agent id and version, sorted by id.
    pub agents: Vec<(String, u32)>,
}

impl Pins {
    /// The versions that a child of that definition keeps to; `None` where it was not foreseen. What a
    /// tenant overrides is meant for its own workflow, not for what that is made of.
    #[must_use]
    pub fn child(&self, definition: &str) -> Option<Self> {
        let pinned = self.workflows.iter().find(|pinned| pinned.definition == definition)?;
        Some(Self {
            definition: pinned.definition.clone(),
            version: pinned.version,
            agents: pinned.agents.clone(),
            workflows: self.workflows.clone(),
            overrides: None,
            scripted: self.scripted,
        })
    }
}
