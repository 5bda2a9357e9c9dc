//! Where a step stands in the tree of a run: `fetch`, `fetch/sales`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The path of one step of one run. Segments are step ids, separated by `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepPath(Arc<str>);

impl StepPath {
    /// A step of the outermost sequence.
    #[must_use]
    pub fn root(step: &str) -> Self {
        Self(Arc::from(step))
    }

    /// A step inside this one.
    #[must_use]
    pub fn child(&self, step: &str) -> Self {
        Self(format!("{}/{step}", self.0).into())
    }

    /// Another step of the same sequence.
    #[must_use]
    pub fn sibling(&self, step: &str) -> Self {
        match self.0.rsplit_once('/') {
            Some((parent, _)) => Self(format!("{parent}/{step}").into()),
            None => Self::root(step),
        }
    }

    /// The step that this one is inside of.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(Arc::from(parent)))
    }

    /// The step's own id.
    #[must_use]
    pub fn step_id(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, id)| id)
    }

    /// Whether this step is inside `ancestor`, at any depth.
    #[must_use]
    pub fn is_inside(&self, ancestor: &Self) -> bool {
        self.0.strip_prefix(&*ancestor.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// How many steps enclose this one.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.matches('/').count()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations() {
        let fetch = StepPath::root("fetch");
        let sales = fetch.child("sales");
        assert_eq!(sales.as_str(), "fetch/sales");
        assert_eq!(sales.parent(), Some(fetch.clone()));
        assert_eq!(sales.sibling("clean").as_str(), "fetch/clean");
        assert_eq!(fetch.sibling("analyze").as_str(), "analyze");
        assert_eq!(sales.step_id(), "sales");
        assert!(sales.is_inside(&fetch));
        assert!(!StepPath::root("fetchers").is_inside(&fetch));
        assert_eq!((fetch.depth(), sales.depth()), (0, 1));
    }
}
