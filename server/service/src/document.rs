//! Definitions and agents as two kinds of one thing: a document that is checked, saved in versions
//! and kept from whoever lacks the permission.

use std::collections::BTreeSet;
use std::sync::Arc;

use magone_core::agent::Agent;
use magone_core::workflow::program::Program;
use magone_core::workflow::validate::{self, Collections, Known};
use magone_core::workflow::{Definition, Problem};
use magone_store::Versioned;
use serde_json::Value;

use crate::children::Children;
use crate::{Permission, ServiceError, Services};

/// A kind of document.
pub trait Document: Versioned {
    /// Its name where one is looked for, for example `Agent`.
    const KIND: &'static str;
    /// The word for it in a sentence.
    const WORD: &'static str;
    /// Its words in the audit log.
    const AUDIT: Audited;
    /// What it takes to see it.
    const READ: Permission;
    /// What it takes to change it.
    const WRITE: Permission;

    /// Everything that is wrong with it.
    fn problems(&self, known: Known<'_>) -> Vec<Problem>;

    /// Ids of the definitions that it runs.
    fn runs(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// The definition, where it is one.
    fn as_definition(&self) -> Option<&Definition> {
        None
    }

    /// A valid one from JSON.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn from_json(body: Value, known: Known<'_>) -> Result<Self, Vec<Problem>>;

    /// A valid one from YAML or JSON.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn from_text(text: &str, known: Known<'_>) -> Result<Self, Vec<Problem>>;
}

/// How the audit log speaks of a kind of document.
#[derive(Clone, Copy, Debug)]
pub struct Audited {
    /// The kind of object.
    pub object: &'static str,
    /// What was done when a version was saved.
    pub saved: &'static str,
    /// What was done when it was deleted.
    pub deleted: &'static str,
}

impl Document for Definition {
    const KIND: &'static str = "Workflow definition";
    const WORD: &'static str = "definition";
    const AUDIT: Audited =
        Audited { object: "workflow_definition", saved: "workflow.saved", deleted: "workflow.deleted" };
    const READ: Permission = Permission::ReadWorkflows;
    const WRITE: Permission = Permission::WriteWorkflows;

    fn problems(&self, known: Known<'_>) -> Vec<Problem> {
        validate::definition(self, known)
    }
    fn runs(&self) -> BTreeSet<String> {
        Program::workflows_named(self)
    }
    fn as_definition(&self) -> Option<&Definition> {
        Some(self)
    }
    fn from_json(body: Value, known: Known<'_>) -> Result<Self, Vec<Problem>> {
        validate::read_definition_value(body, known)
    }
    fn from_text(text: &str, known: Known<'_>) -> Result<Self, Vec<Problem>> {
        validate::read_definition(text, known)
    }
}

impl Document for Agent {
    const KIND: &'static str = "Agent";
    const WORD: &'static str = "agent";
    const AUDIT: Audited = Audited { object: "agent", saved: "agent.saved", deleted: "agent.deleted" };
    const READ: Permission = Permission::ReadAgents;
    const WRITE: Permission = Permission::WriteAgents;

    fn problems(&self, known: Known<'_>) -> Vec<Problem> {
        validate::agent(self, known)
    }
    fn from_json(body: Value, known: Known<'_>) -> Result<Self, Vec<Problem>> {
        validate::read_agent_value(body, known)
    }
    fn from_text(text: &str, known: Known<'_>) -> Result<Self, Vec<Problem>> {
        validate::read_agent(text, known)
    }
}

/// What documents may name.
pub(crate) struct Existing {
    agents: BTreeSet<String>,
    tools: Arc<[String]>,
    /// `None` before it is known which ones a document names: any is taken for one that there is.
    workflows: Option<Children>,
    collections: Option<Vec<String>>,
}

impl Existing {
    /// What is wrong with a document, or what becomes of one.
    pub(crate) fn judge<T>(&self, judge: impl FnOnce(Known<'_>) -> T) -> T {
        let (agents, tools) = (|id: &str| self.agents.contains(id), |name: &str| self.has_tool(name));
        let workflows = |id: &str| match &self.workflows {
            Some(workflows) => workflows.get(id).cloned(),
            None => Some(BTreeSet::new()),
        };
        let collections = Collections::of(self.collections.as_deref());
        judge(Known { agents: &agents, tools: &tools, workflows: &workflows, collections })
    }

    fn has_tool(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool == name)
    }
}

impl Services {
    /// What documents may name right now.
    pub(crate) async fn existing(&self) -> Result<Existing, ServiceError> {
        let agents = self.store.configuration().documents::<Agent>().await?;
        let agents = agents.into_iter().map(|agent| agent.id).collect();
        let (tools, collections) = (Arc::clone(&self.tools), self.collections().await?);
        Ok(Existing { agents, tools, workflows: None, collections })
    }

    /// The same with the definitions that this document runs.
    pub(crate) async fn existing_for<D: Document>(&self, document: &D) -> Result<Existing, ServiceError> {
        let existing = self.existing().await?;
        Ok(Existing { workflows: Some(self.children(document.runs()).await?), ..existing })
    }
}
